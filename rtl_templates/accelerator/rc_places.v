// rc_places: where each result goes, and whose it is. Column 0's results come with their row; what is
// found for them travels with the columns, a cycle a column, and then on with the pipeline behind.
//
// Of at most two moves results are on their way, each in a slot of its own: load_i fills the slots in
// turn, and a move's slot is its own until done_o. Steps begin to leave in the order of the moves.
//
// For column 0's result in cycle t:   scale_o in t, range_error_o in t + 2
// for column c's, of a tile:          lane_scale_o in t + c, add_o in t + c + 4, write_o in t + c + 6
// for a window's, on all columns:     window_o in t + 5
module rc_places #(
    parameter integer N         = /*%N*/4,   // lanes; rows and columns of the array
    parameter integer ADDRESS_W = 16,  // bits of an address
    parameter integer COUNT_W   = 16,  // bits of a count
    parameter integer WORD_W    = 8    // bits of a word
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    // A move's feed begins.
    input  wire                   load_i,
    input  wire                   windows_i,
    input  wire [    COUNT_W-1:0] runs_i,
    input  wire [    COUNT_W-1:0] groups_i,
    input  wire [ $clog2(N+1)-1:0] last_rows_i,
    input  wire [ $clog2(N+1)-1:0] last_columns_i,
    input  wire [ $clog2(N+1)-1:0] first_row_i,
    input  wire [ $clog2(N+1)-1:0] command_rows_i,
    input  wire                   to_b_i,
    input  wire [  ADDRESS_W-1:0] base_i,
    input  wire [  ADDRESS_W-1:0] step_i,
    input  wire [  ADDRESS_W-1:0] first_i,          // addresses that results may go to
    input  wire [  ADDRESS_W-1:0] last_i,
    input  wire                   by_column_i,
    input  wire [  ADDRESS_W-1:0] scales_i,
    input  wire [     WORD_W-1:0] low_i,
    input  wire [     WORD_W-1:0] high_i,
    input  wire                   residual_i,
    input  wire [  ADDRESS_W-1:0] residual_offset_i,
    output wire [            1:0] moves_o,          // moves of which results are on their way or to come
    output wire                   done_o,           // the oldest's are all written
    // The core's results of column 0.
    input  wire                   valid_i,
    input  wire                   window_i,
    input  wire [ $clog2(N+2)-1:0] row_i,
    // Scales: of the row, and of each lane's column.
    output wire [  ADDRESS_W-1:0] scale_o,
    output wire [N*ADDRESS_W-1:0] lane_scale_o,
    output wire [          N-1:0] lane_by_column_o, // a cycle later: the lane's scale is the column's
    output wire                   row_scale_o,      // of a window: all lanes have the row's, a cycle later
    // Clamps, when the lane's word is made: four cycles behind its result.
    output wire [   N*WORD_W-1:0] low_o,
    output wire [   N*WORD_W-1:0] high_o,
    // What is added to the word, five cycles behind its result.
    output wire [          N-1:0] add_o,            // to be read
    output wire [N*ADDRESS_W-1:0] add_address_o,
    output wire [          N-1:0] added_o,          // a cycle later: is to be added
    // Tiles' words, six cycles behind their results.
    output reg  [          N-1:0] write_o,
    output wire [          N-1:0] write_to_b_o,
    output reg                    writes_a_o,       // any of them to A
    output reg                    writes_b_o,
    output wire [N*ADDRESS_W-1:0] write_address_o,
    // Windows' rows, five cycles behind.
    output wire                   window_o,
    output wire                   window_keeps_o,   // the row is one of the move's
    output wire                   window_ends_o,    // the window's last
    output wire                   window_to_b_o,
    output wire [  ADDRESS_W-1:0] window_row_o,
    output wire [  ADDRESS_W-1:0] window_step_o,
    output wire [  ADDRESS_W-1:0] window_first_o,
    output wire [  ADDRESS_W-1:0] window_last_o,
    // A tile's result was for an address that the move may not write to, and is not written.
    output reg                    range_error_o
);
  localparam integer LINE_W = $clog2(N + 1);  // bits of a number of rows or columns
  localparam [COUNT_W-1:0] ONE = 1;
  localparam [LINE_W-1:0] ONE_ROW = 1;
  localparam [LINE_W-1:0] ALL = N[LINE_W-1:0];
  localparam [ADDRESS_W-1:0] LANES = N[ADDRESS_W-1:0];
  localparam [ADDRESS_W-1:0] ZERO = 0;
  localparam [ADDRESS_W-1:0] NEXT = 1;

  // ---------------------------------------------------------------- slots
  reg [1:0] used_q, finished_q;
  reg [1:0] unbegun_q;     // no step of it has begun
  reg newest_q, oldest_q;  // the slot that is filled next, and the one that is done next
  reg windows_q[0:1], to_b_q[0:1], by_column_q[0:1], residual_q[0:1];
  reg [COUNT_W-1:0] runs_q[0:1], groups_q[0:1];
  reg [LINE_W-1:0] last_rows_q[0:1], last_columns_q[0:1], first_row_q[0:1], command_rows_q[0:1];
  reg [ADDRESS_W-1:0] base_q[0:1], step_q[0:1], first_q[0:1], last_q[0:1], scales_q[0:1], offset_q[0:1];
  reg [WORD_W-1:0] low_q[0:1], high_q[0:1];

  assign moves_o = {1'b0, used_q[0]} + {1'b0, used_q[1]};
  assign done_o = finished_q[oldest_q];

  // The step that begins next.
  reg ahead_q;                        // there is one
  reg slot_q;                         // its move's; without one, of the move to come
  reg first_group_q;
  reg [COUNT_W-1:0] runs_left_q, groups_left_q;
  reg [ADDRESS_W-1:0] address_q, group_q, scale_q;

  wire fill = !ahead_q && unbegun_q[slot_q];

  wire finish_tile, finish_window, finish_tile_slot, finish_window_slot;
  wire [1:0] finish = (finish_tile ? 2'b01 << finish_tile_slot : 2'b00) |
      (finish_window ? 2'b01 << finish_window_slot : 2'b00);
  wire [1:0] loads = load_i ? 2'b01 << newest_q : 2'b00;
  wire [1:0] leaves = done_o ? 2'b01 << oldest_q : 2'b00;
  always @(posedge clk_i)
    if (rst_i) begin
      used_q <= 2'b00;
      unbegun_q <= 2'b00;
      finished_q <= 2'b00;
      newest_q <= 1'b0;
      oldest_q <= 1'b0;
    end else begin
      used_q <= (used_q | loads) & ~leaves;
      unbegun_q <= (unbegun_q | loads) & ~(fill ? 2'b01 << slot_q : 2'b00);
      finished_q <= (finished_q | finish) & ~leaves;
      if (load_i) newest_q <= !newest_q;
      if (done_o) oldest_q <= !oldest_q;
    end

  always @(posedge clk_i)
    if (load_i) begin
      windows_q[newest_q] <= windows_i;
      to_b_q[newest_q] <= to_b_i;
      by_column_q[newest_q] <= by_column_i;
      residual_q[newest_q] <= residual_i;
      runs_q[newest_q] <= runs_i;
      groups_q[newest_q] <= groups_i;
      last_rows_q[newest_q] <= last_rows_i;
      last_columns_q[newest_q] <= last_columns_i;
      first_row_q[newest_q] <= first_row_i;
      command_rows_q[newest_q] <= command_rows_i;
      base_q[newest_q] <= base_i;
      step_q[newest_q] <= step_i;
      first_q[newest_q] <= first_i;
      last_q[newest_q] <= last_i;
      scales_q[newest_q] <= scales_i;
      offset_q[newest_q] <= residual_offset_i;
      low_q[newest_q] <= low_i;
      high_q[newest_q] <= high_i;
    end

  // ---------------------------------------------------------------- the step that begins next
  wire begins = valid_i && row_i == {$clog2(N + 2) {1'b0}};
  wire last_run = runs_left_q == ONE;
  wire last_group = groups_left_q == ONE;
  wire last_step = last_run && last_group;
  wire [ADDRESS_W-1:0] group_behind = group_q + step_q[slot_q];

  always @(posedge clk_i)
    if (rst_i) begin
      ahead_q <= 1'b0;
      slot_q <= 1'b0;
    end else if (fill) begin
      ahead_q <= 1'b1;
    end else if (begins && last_step) begin
      ahead_q <= 1'b0;
      slot_q <= !slot_q;
    end

  always @(posedge clk_i)
    if (fill) begin
      first_group_q <= 1'b1;
      runs_left_q <= runs_q[slot_q];
      groups_left_q <= groups_q[slot_q];
      address_q <= base_q[slot_q];
      group_q <= base_q[slot_q];
      scale_q <= scales_q[slot_q];
    end else if (begins) begin
      runs_left_q <= last_run ? runs_q[slot_q] : runs_left_q - ONE;
      if (last_run) begin
        first_group_q <= 1'b0;
        groups_left_q <= groups_left_q - ONE;
        group_q <= group_behind;
      end
      address_q <= last_run ? group_behind : address_q + LANES;
      if (windows_q[slot_q])
        scale_q <= last_run ? scale_q + LANES : scale_q;
      else if (by_column_q[slot_q])
        scale_q <= last_run ? scale_q + NEXT : scale_q;
      else
        scale_q <= last_run ? scales_q[slot_q] : scale_q + LANES;
    end

  // ---------------------------------------------------------------- the steps that leave
  // A window, or the tiles of the even and of the odd cycles.
  reg odd_q;
  reg [1:0] busy_q;
  reg step_slot_q[0:1], step_first_group_q[0:1], step_last_group_q[0:1];
  reg [LINE_W-1:0] step_left_q[0:1];
  reg [ADDRESS_W-1:0] step_address_q[0:1], step_scale_q[0:1];

  wire which = !window_i && odd_q;
  wire slot = begins ? slot_q : step_slot_q[which];
  wire in_first = begins ? first_group_q : step_first_group_q[which];
  wire in_last = begins ? last_group : step_last_group_q[which];
  wire [LINE_W-1:0] rows = windows_q[slot_q] ? command_rows_q[slot_q] : last_run ? last_rows_q[slot_q] : ALL;
  wire [LINE_W-1:0] left = begins ? rows : step_left_q[which];
  wire [ADDRESS_W-1:0] address = begins ? address_q : step_address_q[which];
  wire [ADDRESS_W-1:0] scale = begins ? scale_q : step_scale_q[which];
  wire ends = valid_i && left == ONE_ROW;
  wire other = busy_q[!which] && step_slot_q[!which] == slot;
  wire ahead = ahead_q && slot_q == slot && !(begins && last_step);
  wire last = ends && !other && !ahead;
  wire [LINE_W-1:0] row = row_i[LINE_W-1:0];
  wire keeps = !(in_first && row < first_row_q[slot]) && !(in_last && row >= last_rows_q[slot]);

  assign scale_o = scale;

  always @(posedge clk_i)
    if (rst_i) begin
      odd_q <= 1'b0;
      busy_q <= 2'b00;
    end else begin
      odd_q <= !odd_q;
      if (valid_i) busy_q[which] <= !ends;
    end

  always @(posedge clk_i)
    if (valid_i) begin
      step_slot_q[which] <= slot;
      step_first_group_q[which] <= in_first;
      step_last_group_q[which] <= in_last;
      step_left_q[which] <= left - ONE_ROW;
      step_address_q[which] <= address + NEXT;
      step_scale_q[which] <= by_column_q[slot] ? scale : scale + NEXT;
    end

  // ---------------------------------------------------------------- behind column 0
  // Entry k is what column 0 had k cycles ago.
  localparam integer LENGTH = N + 6;
  reg [LENGTH-1:0] tile_q, behind_last_q, behind_slot_q;   // bit 0 is not used
  reg [LENGTH-2:0] in_last_q, bad_q;
  reg [5:0] window_q, keeps_q, ends_q;
  reg [LENGTH*ADDRESS_W-1:0] place_q;   // entry 0 is not used
  reg [N*ADDRESS_W-1:0] place_scale_q;
  wire [ADDRESS_W-1:0] written = place_q[ADDRESS_W+:ADDRESS_W];
  wire out_of_range = tile_q[1] && (written < first_q[behind_slot_q[1]] || written > last_q[behind_slot_q[1]]);

  always @(posedge clk_i)
    if (rst_i) begin
      tile_q <= {LENGTH{1'b0}};
      behind_last_q <= {LENGTH{1'b0}};
      window_q <= 6'd0;
      range_error_o <= 1'b0;
    end else begin
      tile_q <= {tile_q[LENGTH-2:1], valid_i && !window_i, 1'b0};
      behind_last_q <= {behind_last_q[LENGTH-2:1], last, 1'b0};
      window_q <= {window_q[4:1], valid_i && window_i, 1'b0};
      range_error_o <= out_of_range;
    end
  always @(posedge clk_i) begin
    behind_slot_q <= {behind_slot_q[LENGTH-2:1], slot, 1'b0};
    in_last_q <= {in_last_q[LENGTH-3:1], in_last, 1'b0};
    bad_q <= {bad_q[LENGTH-3:2], out_of_range, 2'b00};
    keeps_q <= {keeps_q[4:1], keeps, 1'b0};
    ends_q <= {ends_q[4:1], ends, 1'b0};
    place_q <= {place_q[(LENGTH-1)*ADDRESS_W-1:ADDRESS_W],
                window_i ? {{(ADDRESS_W - LINE_W) {1'b0}}, row} : address, ZERO};
    place_scale_q <= {place_scale_q[(N-1)*ADDRESS_W-1:ADDRESS_W], scale, ZERO};
  end

  assign finish_tile = tile_q[LENGTH-1] && behind_last_q[LENGTH-1];
  assign finish_tile_slot = behind_slot_q[LENGTH-1];
  reg finish_window_q, finish_window_slot_q;  // written in the cycle behind window_o
  always @(posedge clk_i) begin
    finish_window_q <= !rst_i && window_q[5] && behind_last_q[5];
    finish_window_slot_q <= behind_slot_q[5];
  end
  assign finish_window = finish_window_q;
  assign finish_window_slot = finish_window_slot_q;

  // ---------------------------------------------------------------- windows
  assign row_scale_o = window_q[1];
  assign window_o = window_q[5];
  assign window_keeps_o = keeps_q[5];
  assign window_ends_o = ends_q[5];
  assign window_to_b_o = to_b_q[behind_slot_q[5]];
  assign window_row_o = place_q[5*ADDRESS_W+:ADDRESS_W];
  assign window_step_o = step_q[behind_slot_q[5]];
  assign window_first_o = first_q[behind_slot_q[5]];
  assign window_last_o = last_q[behind_slot_q[5]];

  // ---------------------------------------------------------------- lanes
  // What is written is found a cycle before, since who waits for it has a long way from there.
  wire [N-1:0] next_write, next_to_b;
  always @(posedge clk_i)
    if (rst_i) begin
      write_o <= {N{1'b0}};
      writes_a_o <= 1'b0;
      writes_b_o <= 1'b0;
    end else begin
      write_o <= next_write;
      writes_a_o <= |(next_write & ~next_to_b);
      writes_b_o <= |(next_write & next_to_b);
    end

  genvar c;
  generate
    for (c = 0; c < N; c = c + 1) begin : lane
      localparam [LINE_W-1:0] COLUMN = c[LINE_W-1:0];
      if (c == 0) begin : gen_first
        assign lane_scale_o[c*ADDRESS_W+:ADDRESS_W] = scale;
      end else begin : gen_others
        assign lane_scale_o[c*ADDRESS_W+:ADDRESS_W] = place_scale_q[c*ADDRESS_W+:ADDRESS_W];
      end
      assign lane_by_column_o[c] = tile_q[c+1] && by_column_q[behind_slot_q[c+1]];
      // The clamp: a window's is every lane's.
      wire clamp = window_q[4] ? behind_slot_q[4] : behind_slot_q[c+4];
      assign low_o[c*WORD_W+:WORD_W] = low_q[clamp];
      assign high_o[c*WORD_W+:WORD_W] = high_q[clamp];
      assign add_o[c] = tile_q[c+4] && residual_q[behind_slot_q[c+4]];
      assign add_address_o[c*ADDRESS_W+:ADDRESS_W] = place_q[(c+4)*ADDRESS_W+:ADDRESS_W] + offset_q[behind_slot_q[c+4]];
      assign added_o[c] = tile_q[c+5] && residual_q[behind_slot_q[c+5]];
      assign next_write[c] = tile_q[c+5] && !bad_q[c+5] &&
          !(in_last_q[c+5] && COLUMN >= last_columns_q[behind_slot_q[c+5]]);
      assign next_to_b[c] = to_b_q[behind_slot_q[c+5]];
      assign write_to_b_o[c] = to_b_q[behind_slot_q[c+6]];
      assign write_address_o[c*ADDRESS_W+:ADDRESS_W] = place_q[(c+6)*ADDRESS_W+:ADDRESS_W];
    end
  endgenerate

  wire unused = &{1'b0, tile_q[0], behind_last_q[0], behind_slot_q[0], in_last_q[1:0], bad_q[1:0], keeps_q[0], ends_q[0], window_q[0], place_q[ADDRESS_W-1:0], place_scale_q[ADDRESS_W-1:0], row_i};
endmodule
