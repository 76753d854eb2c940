// rc_places_properties: what is proved of rc_places, for any moves, up to two on their way, whose results come
// in any cycles in which the core's may: a tile's rows in every second cycle, tiles of even and of odd cycles
// beside each other; a window's rows in every cycle, when all tiles' last columns are through; and a reset at
// any time. A result is known by numbers: its move, group, run and row; how many a move has is a product.
//
// G1  A tile's word and a window's never go to a lane in the same cycle.
// G2  A lane is written exactly in the cycle six behind its result of a tile, unless its column is not one of
//     the move's or the address not in the move's range; and then that is reported two cycles behind it.
// G3  It goes to base + group * step + run * N + row, of the memory that the move names.
// G4  A window's row is told exactly five cycles behind its result, and whether it is kept, and is the last.
// G5  The row's scale is scales + group * N + row of windows, + group of columns, + run * N + row of rows.
// G6  done_o is high once for every move, in their order, exactly when its last word is in a memory and the
//     moves before are done; moves_o is the number of moves that are not, never more than two.
// G7  A residual is asked for exactly four cycles behind its result, at residual_offset from its place.
// G8  Of the memories that tiles' words go to is told exactly in the cycle in which they do.
module rc_places_properties #(
    parameter integer N         = 2,
    parameter integer ADDRESS_W = 3,
    parameter integer COUNT_W   = 2,
    parameter integer LINE_W    = $clog2(N + 1),
    parameter integer ROW_W     = $clog2(N + 2)
) (
    input  wire                 clk_i,
    input  wire                 rst_i,
    input  wire                 load_i,
    input  wire                 begin_i,           // a step's results begin, if they may
    input  wire                 windows_i,
    input  wire [  COUNT_W-1:0] runs_i,
    input  wire [  COUNT_W-1:0] groups_i,
    input  wire [   LINE_W-1:0] last_rows_i,
    input  wire [   LINE_W-1:0] last_columns_i,
    input  wire [   LINE_W-1:0] first_row_i,
    input  wire [   LINE_W-1:0] command_rows_i,
    input  wire                 to_b_i,
    input  wire [ADDRESS_W-1:0] base_i,
    input  wire [ADDRESS_W-1:0] step_i,
    input  wire [ADDRESS_W-1:0] first_i,
    input  wire [ADDRESS_W-1:0] last_i,
    input  wire                 by_column_i,
    input  wire [ADDRESS_W-1:0] scales_i,
    input  wire                 residual_i,
    input  wire [ADDRESS_W-1:0] residual_offset_i,
    output wire [          8:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // ---------------------------------------------------------------- moves: two, in turn
  localparam LEFT_W = 2 * COUNT_W + LINE_W;  // bits of a number of results
  reg [1:0] there_q, over_q;       // on its way; all written
  reg newest_q, oldest_q, begins_q;
  reg [1:0] steps_q;               // it has steps to come
  reg windows_q[0:1], to_b_q[0:1], by_column_q[0:1], residual_q[0:1];
  reg [COUNT_W-1:0] runs_q[0:1], groups_q[0:1];
  reg [LINE_W-1:0] last_rows_q[0:1], last_columns_q[0:1], first_row_q[0:1], command_rows_q[0:1];
  reg [ADDRESS_W-1:0] base_q[0:1], step_q[0:1], first_q[0:1], last_q[0:1], scales_q[0:1], offset_q[0:1];
  reg [LEFT_W-1:0] left_q[0:1];    // results to come
  reg [1:0] waits_q[0:1];          // cycles since it was loaded
  reg [COUNT_W-1:0] run_q, group_q;
  reg gap_q;                       // the last step of a move has begun in the cycle before

  wire legal = runs_i != 0 && groups_i != 0 && last_rows_i != 0 && last_rows_i <= N && last_columns_i != 0
      && last_columns_i <= N && command_rows_i != 0 && command_rows_i <= N && (!windows_i || (!by_column_i && !residual_i));
  wire load = load_i && legal && !(there_q[0] && there_q[1]);
  wire [LEFT_W-1:0] groups_wide = groups_i, runs_wide = runs_i, rows_wide = windows_i ? command_rows_i : last_rows_i;
  wire [LEFT_W-1:0] all = groups_wide * (windows_i ? runs_wide * rows_wide : (runs_wide - 1) * N + rows_wide);

  // ---------------------------------------------------------------- results
  reg odd_q;
  reg [1:0] busy_q;                // tiles of even, of odd cycles; a window is in 0
  reg s_move_q[0:1];
  reg [COUNT_W-1:0] s_run_q[0:1], s_group_q[0:1];
  reg [LINE_W-1:0] s_row_q[0:1], s_rows_q[0:1];
  localparam LENGTH = N + 7;
  reg [LENGTH-1:0] tile_q;         // entry k: a tile's result k + 1 cycles ago
  wire in_window = busy_q[0] && windows_q[s_move_q[0]];
  wire place = !in_window && odd_q;
  wire goes_on = busy_q[place];
  wire may = steps_q[begins_q] && waits_q[begins_q] >= 1 && !gap_q && !goes_on && !in_window
      && (!windows_q[begins_q] || (busy_q == 0 && tile_q[N-2:0] == 0));
  wire begins = begin_i && may;
  wire valid = goes_on || begins;
  wire move = goes_on ? s_move_q[place] : begins_q;
  wire window = valid && windows_q[move];
  wire which = !window && odd_q;
  wire [COUNT_W-1:0] run = goes_on ? s_run_q[place] : run_q;
  wire [COUNT_W-1:0] group = goes_on ? s_group_q[place] : group_q;
  wire [LINE_W-1:0] row = goes_on ? s_row_q[place] : 0;
  wire last_run = run_q == runs_q[begins_q] - 1;
  wire last_step = last_run && group_q == groups_q[begins_q] - 1;
  wire [LINE_W-1:0] rows = goes_on ? s_rows_q[place]
      : windows_q[begins_q] ? command_rows_q[begins_q] : last_run ? last_rows_q[begins_q] : N;
  wire ends = valid && row == rows - 1;
  wire last_result = valid && left_q[move] == 1;

  wire [1:0] moves;
  wire done, window_o, keeps_o, ends_o, window_to_b, range_error, row_scale, writes_a, writes_b;
  wire [ADDRESS_W-1:0] scale, window_row;
  wire [N*ADDRESS_W-1:0] add_address, write_address;
  wire [N-1:0] add, write, write_to_b;
  wire [ROW_W-1:0] row_i = row;
  rc_places #(
      .N(N),
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W),
      .WORD_W(1)
  ) u_places (
      .clk_i(clk_i),
      .rst_i(rst),
      .load_i(load),
      .windows_i(windows_i),
      .runs_i(runs_i),
      .groups_i(groups_i),
      .last_rows_i(last_rows_i),
      .last_columns_i(last_columns_i),
      .first_row_i(first_row_i),
      .command_rows_i(command_rows_i),
      .to_b_i(to_b_i),
      .base_i(base_i),
      .step_i(step_i),
      .first_i(first_i),
      .last_i(last_i),
      .by_column_i(by_column_i),
      .scales_i(scales_i),
      .low_i(1'b0),
      .high_i(1'b0),
      .residual_i(residual_i),
      .residual_offset_i(residual_offset_i),
      .moves_o(moves),
      .done_o(done),
      .valid_i(valid),
      .window_i(window),
      .row_i(row_i),
      .scale_o(scale),
      .lane_scale_o(),
      .lane_by_column_o(),
      .row_scale_o(row_scale),
      .low_o(),
      .high_o(),
      .add_o(add),
      .add_address_o(add_address),
      .added_o(),
      .write_o(write),
      .write_to_b_o(write_to_b),
      .writes_a_o(writes_a),
      .writes_b_o(writes_b),
      .write_address_o(write_address),
      .window_o(window_o),
      .window_keeps_o(keeps_o),
      .window_ends_o(ends_o),
      .window_to_b_o(window_to_b),
      .window_row_o(window_row),
      .window_step_o(),
      .window_first_o(),
      .window_last_o(),
      .range_error_o(range_error)
  );

  // ---------------------------------------------------------------- what is due
  wire [ADDRESS_W-1:0] wide_row = row, wide_run = run, wide_group = group;
  wire [ADDRESS_W-1:0] address = base_q[move] + wide_group * step_q[move] + wide_run * N + wide_row;
  wire in_range = address >= first_q[move] && address <= last_q[move];
  wire last_group = group == groups_q[move] - 1;
  wire keeps = !(group == 0 && row < first_row_q[move]) && !(last_group && row >= last_rows_q[move]);
  wire [ADDRESS_W-1:0] row_scale_expected = scales_q[move]
      + (window ? wide_group * N + wide_row : by_column_q[move] ? wide_group : wide_run * N + wide_row);
  reg [N-1:0] columns;
  integer c, k;
  always @* for (c = 0; c < N; c = c + 1) columns[c] = in_range && !(last_group && c >= last_columns_q[move]);

  reg [LENGTH-1:0] window_q, to_b_way_q, keeps_q, ends_q, range_q, residual_way_q, last_tile_q, last_window_q, move_q;
  reg [LENGTH*N-1:0] columns_q;
  reg [LENGTH*ADDRESS_W-1:0] address_q, row_q, from_q;
  always @(posedge clk_i) begin
    tile_q         <= {tile_q, valid && !window};
    window_q       <= {window_q, window};
    to_b_way_q     <= {to_b_way_q, to_b_q[move]};
    keeps_q        <= {keeps_q, keeps};
    ends_q         <= {ends_q, ends};
    range_q        <= {range_q, in_range};
    residual_way_q <= {residual_way_q, residual_q[move]};
    last_tile_q    <= {last_tile_q, last_result && !window};
    last_window_q  <= {last_window_q, last_result && window};
    move_q         <= {move_q, move};
    columns_q      <= {columns_q, columns};
    address_q      <= {address_q, address};
    row_q          <= {row_q, wide_row};
    from_q         <= {from_q, address + offset_q[move]};
    if (rst) {tile_q, window_q, last_tile_q, last_window_q} <= 0;
  end

  wire [1:0] written = (last_tile_q[N+4] ? 2'b01 << move_q[N+4] : 0) | (last_window_q[5] ? 2'b01 << move_q[5] : 0);
  wire expected_done = over_q[oldest_q];
  always @(posedge clk_i) begin
    odd_q <= !odd_q;
    over_q <= (over_q | written) & ~(expected_done ? 2'b01 << oldest_q : 0);
    there_q <= (there_q | (load ? 2'b01 << newest_q : 0)) & ~(expected_done ? 2'b01 << oldest_q : 0);
    steps_q <= (steps_q | (load ? 2'b01 << newest_q : 0)) & ~(begins && last_step ? 2'b01 << begins_q : 0);
    if (expected_done) oldest_q <= !oldest_q;
    for (k = 0; k < 2; k = k + 1) if (waits_q[k] != 2) waits_q[k] <= waits_q[k] + 1;
    if (load) begin
      newest_q <= !newest_q;
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
      left_q[newest_q] <= all;
      waits_q[newest_q] <= 0;
    end
    if (valid) left_q[move] <= left_q[move] - 1;
    gap_q <= begins && last_step;
    if (begins) begin
      run_q <= last_run ? 0 : run_q + 1;
      if (last_run) group_q <= last_step ? 0 : group_q + 1;
      if (last_step) begins_q <= !begins_q;
    end
    if (valid) begin
      busy_q[which] <= !ends;
      s_move_q[which] <= move;
      s_run_q[which] <= run;
      s_group_q[which] <= group;
      s_row_q[which] <= row + 1;
      s_rows_q[which] <= rows;
    end
    if (rst) begin
      odd_q <= 0;
      {there_q, over_q, steps_q} <= 0;
      busy_q <= 0;
      {newest_q, oldest_q, begins_q, gap_q, run_q, group_q} <= 0;
    end
  end

  reg met, wrong_write, wrong_address, wrong_add;
  reg window_before_q;
  always @(posedge clk_i) window_before_q <= window_o && !rst;
  always @* begin
    met = 0;
    wrong_write = 0;
    wrong_address = 0;
    wrong_add = 0;
    for (c = 0; c < N; c = c + 1) begin
      met = met || (write[c] && window_before_q);
      wrong_write = wrong_write || write[c] != (tile_q[c+5] && columns_q[(c+5)*N+c]);
      wrong_address = wrong_address || (write[c] && (write_to_b[c] != to_b_way_q[c+5]
          || write_address[c*ADDRESS_W+:ADDRESS_W] != address_q[(c+5)*ADDRESS_W+:ADDRESS_W]));
      wrong_add = wrong_add || add[c] != (tile_q[c+3] && residual_way_q[c+3])
          || (add[c] && add_address[c*ADDRESS_W+:ADDRESS_W] != from_q[(c+3)*ADDRESS_W+:ADDRESS_W]);
    end
  end

  wire [1:0] count = there_q[0] + there_q[1];
  wire [8:1] holds;
  assign holds[1] = !met;
  assign holds[2] = !wrong_write && range_error == (tile_q[1] && !range_q[1]);
  assign holds[3] = !wrong_address;
  assign holds[4] = window_o == window_q[4] && (!window_o || (keeps_o == keeps_q[4] && ends_o == ends_q[4]
      && window_to_b == to_b_way_q[4] && window_row == row_q[4*ADDRESS_W+:ADDRESS_W]));
  assign holds[5] = !valid || scale == row_scale_expected;
  assign holds[6] = done == expected_done && moves == count && (!done || left_q[oldest_q] == 0);
  assign holds[7] = !wrong_add;
  assign holds[8] = writes_a == |(write & ~write_to_b) && writes_b == |(write & write_to_b);
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
