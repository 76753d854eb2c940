// rc_walk: the addresses of the rows' beats, one after the other: a walk is a value, not a machine of
// its own for each layer.
//
// The sequence goes column after column, in each through up to four segments, in each line after line:
// address base + column * step + line * line_step. Columns outside of [first, last) and segments marked
// zero are zeros. It is cut in runs of run_beats beats, the next run_advance beats behind the one before;
// after `runs` of them a group ends, and the sequence begins again group_step further. Behind the last
// group follow tail_i beats of zeros.
//
// Fields are read at the edge with load_i high and stay as they are until the walk ends; step_i, zero_i,
// line_step_i, first_i and last_i matter from the cycle behind load_i on. A beat is on the outputs while
// valid_o is high, and is left at an edge with next_i high.
module rc_walk #(
    parameter integer ADDRESS_W = 16,  // bits of an address
    parameter integer COUNT_W   = 16,  // bits of a count
    parameter integer BEAT_W    = 24   // bits of a number of beats
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire                   load_i,
    input  wire [  4*COUNT_W-1:0] count_i,        // of each segment, the first from 1; 0: none from here
    input  wire [4*ADDRESS_W-1:0] base_i,
    input  wire [4*ADDRESS_W-1:0] step_i,
    input  wire [            3:0] zero_i,
    input  wire [  ADDRESS_W-1:0] line_step_i,
    input  wire [    COUNT_W-1:0] first_i,
    input  wire [    COUNT_W-1:0] last_i,
    input  wire [     BEAT_W-1:0] run_beats_i,    // from 1
    input  wire [     BEAT_W-1:0] run_advance_i,  // 1..run_beats_i
    input  wire [    COUNT_W-1:0] runs_i,         // from 1
    input  wire [    COUNT_W-1:0] groups_i,       // from 1
    input  wire [  ADDRESS_W-1:0] group_step_i,
    input  wire [    COUNT_W-1:0] tail_i,
    output wire                   valid_o,
    output wire [  ADDRESS_W-1:0] address_o,
    output wire                   zero_o,         // a beat of zeros: nothing is to be read
    output wire                   last_o,         // the walk's last beat
    input  wire                   next_i
);
  localparam integer STATE_W = 4 * ADDRESS_W + 2 + 2 * COUNT_W + ADDRESS_W;

  // ---------------------------------------------------------------- place in the sequence
  // Line 0 of the present column in every segment; the present segment, its lines left, the column, and
  // the address.
  reg [4*ADDRESS_W-1:0] columns_q;
  reg [1:0] segment_q;
  reg [COUNT_W-1:0] left_q, column_q;
  reg [ADDRESS_W-1:0] line_q;
  // The place where the next run begins.
  reg [STATE_W-1:0] saved_q;

  reg [BEAT_W-1:0] run_left_q, until_save_q;
  reg [COUNT_W-1:0] runs_left_q, groups_left_q, tail_left_q;
  reg [ADDRESS_W-1:0] origin_q;  // of the present group
  reg active_q, tail_q;

  function [ADDRESS_W-1:0] address_of(input [4*ADDRESS_W-1:0] four, input [1:0] which);
    address_of = four[which*ADDRESS_W+:ADDRESS_W];
  endfunction
  function [COUNT_W-1:0] count_of(input [4*COUNT_W-1:0] four, input [1:0] which);
    count_of = four[which*COUNT_W+:COUNT_W];
  endfunction

  // ---------------------------------------------------------------- the beat behind this one
  wire [1:0] behind = segment_q + 2'd1;
  wire line_end = left_q == {{(COUNT_W - 1) {1'b0}}, 1'b1};
  wire column_end = line_end && (segment_q == 2'd3 || count_of(count_i, behind) == {COUNT_W{1'b0}});

  reg [4*ADDRESS_W-1:0] columns_next, columns_first, columns_behind;
  integer s;
  always @* begin
    for (s = 0; s < 4; s = s + 1) begin
      columns_next[s*ADDRESS_W+:ADDRESS_W] = columns_q[s*ADDRESS_W+:ADDRESS_W] + step_i[s*ADDRESS_W+:ADDRESS_W];
      columns_first[s*ADDRESS_W+:ADDRESS_W] = base_i[s*ADDRESS_W+:ADDRESS_W] + (load_i ? {ADDRESS_W{1'b0}} : origin_q);
    end
    columns_behind = column_end ? columns_next : columns_q;
  end
  wire [1:0] segment_behind = column_end ? 2'd0 : line_end ? behind : segment_q;
  wire [COUNT_W-1:0] left_behind =
      line_end ? count_of(count_i, segment_behind) : left_q - {{(COUNT_W - 1) {1'b0}}, 1'b1};
  wire [ADDRESS_W-1:0] line_behind =
      line_end ? address_of(columns_behind, segment_behind) : line_q + line_step_i;
  wire [COUNT_W-1:0] column_behind = column_q + {{(COUNT_W - 1) {1'b0}}, column_end};

  wire [STATE_W-1:0] place_behind = {columns_behind, segment_behind, left_behind, column_behind, line_behind};
  wire [STATE_W-1:0] place_first = {columns_first, 2'd0, count_of(count_i, 2'd0), {COUNT_W{1'b0}}, address_of(columns_first, 2'd0)};

  // ---------------------------------------------------------------- runs, groups, tail
  wire run_end = run_left_q == {{(BEAT_W - 1) {1'b0}}, 1'b1};
  wire save = until_save_q == {{(BEAT_W - 1) {1'b0}}, 1'b1};
  wire last_run = runs_left_q == {{(COUNT_W - 1) {1'b0}}, 1'b1};
  wire last_group = groups_left_q == {{(COUNT_W - 1) {1'b0}}, 1'b1};
  wire group_end = run_end && last_run;
  wire groups_end = group_end && last_group;
  wire tail_end = tail_left_q == {{(COUNT_W - 1) {1'b0}}, 1'b1};

  assign valid_o = active_q;
  assign address_o = line_q;
  assign zero_o = tail_q || zero_i[segment_q] || column_q < first_i || column_q >= last_i;
  assign last_o = tail_q ? tail_end : groups_end && tail_i == {COUNT_W{1'b0}};

  always @(posedge clk_i)
    if (rst_i) active_q <= 1'b0;
    else if (load_i) active_q <= 1'b1;
    else if (next_i && last_o) active_q <= 1'b0;

  always @(posedge clk_i) begin
    if (load_i) begin
      {columns_q, segment_q, left_q, column_q, line_q} <= place_first;
      run_left_q <= run_beats_i;
      until_save_q <= run_advance_i;
      runs_left_q <= runs_i;
      groups_left_q <= groups_i;
      tail_left_q <= tail_i;
      origin_q <= group_step_i;  // of the group behind
      tail_q <= 1'b0;
    end else if (active_q && next_i) begin
      {columns_q, segment_q, left_q, column_q, line_q} <=
          group_end ? place_first : run_end && !save ? saved_q : place_behind;
      run_left_q <= run_end ? run_beats_i : run_left_q - {{(BEAT_W - 1) {1'b0}}, 1'b1};
      until_save_q <= run_end ? run_advance_i : until_save_q - {{(BEAT_W - 1) {1'b0}}, 1'b1};
      if (save) saved_q <= place_behind;
      if (run_end) runs_left_q <= last_run ? runs_i : runs_left_q - {{(COUNT_W - 1) {1'b0}}, 1'b1};
      if (group_end) begin
        groups_left_q <= groups_left_q - {{(COUNT_W - 1) {1'b0}}, 1'b1};
        origin_q <= origin_q + group_step_i;
      end
      if (groups_end) tail_q <= 1'b1;
      if (tail_q) tail_left_q <= tail_left_q - {{(COUNT_W - 1) {1'b0}}, 1'b1};
    end
  end
endmodule
