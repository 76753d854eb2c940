// rc_routes: which of a window's positions are pixels of the result, and their lanes.
//
// Positions come in the order of a walk's sequence: position j of a group lies in column j / pitch at
// line j % pitch. Kept are lines 0, line_stride, ..., `lines` of them, of columns 0, column_stride, ...,
// `columns` of them; what is kept are consecutive pixels, the first of a group in lane lane_i. A window
// is a group's next `positions`; of all its rows results take the same way, so it is worked out once, a
// position a cycle, ahead of the results: two windows' ways are kept.
//
//     route_o lane l takes column select, if enabled, to address base, or base + step where `over`
//
// Fields are read at the edge with load_i high, which comes only while busy_o is low.
module rc_routes #(
    parameter integer N         = /*%N*/4,   // lanes, and columns of the array, from 2
    parameter integer ADDRESS_W = 16,  // bits of an address
    parameter integer COUNT_W   = 16   // bits of a count
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire                   load_i,
    input  wire [    COUNT_W-1:0] pitch_i,          // from 1
    input  wire [    COUNT_W-1:0] line_stride_i,    // from 1
    input  wire [    COUNT_W-1:0] lines_i,          // from 1
    input  wire [    COUNT_W-1:0] column_stride_i,  // from 1
    input  wire [    COUNT_W-1:0] columns_i,        // from 1
    input  wire [    COUNT_W-1:0] positions_i,      // of a window, 1..N
    input  wire [    COUNT_W-1:0] runs_i,           // windows of a group, from 1
    input  wire [    COUNT_W-1:0] groups_i,         // from 1
    input  wire [  $clog2(N)-1:0] lane_i,           // of a group's first pixel
    input  wire [  ADDRESS_W-1:0] base_i,           // its address, for row 0
    input  wire [  ADDRESS_W-1:0] step_i,           // from N pixels to the next N
    output wire                   busy_o,           // windows are left
    // The oldest window's.
    output wire                   valid_o,
    input  wire                   next_i,           // it is done with
    output wire [N*$clog2(N)-1:0] select_o,
    output wire [          N-1:0] enable_o,
    output wire [          N-1:0] over_o,
    output wire [  ADDRESS_W-1:0] address_o
);
  localparam integer LANE_W = $clog2(N);
  localparam integer ROUTE_W = N * LANE_W + 2 * N + ADDRESS_W;
  localparam [COUNT_W-1:0] ONE = 1;
  localparam [LANE_W-1:0] LAST_LANE = N[LANE_W-1:0] - {{(LANE_W - 1) {1'b0}}, 1'b1};
  localparam [ADDRESS_W-1:0] ROWS = N[ADDRESS_W-1:0];

  // ---------------------------------------------------------------- fields
  reg [COUNT_W-1:0] pitch_q, line_stride_q, lines_q, column_stride_q, columns_q, positions_q, runs_q;
  reg [LANE_W-1:0] first_lane_q;
  reg [ADDRESS_W-1:0] base_q, step_q;

  // ---------------------------------------------------------------- the present position
  reg active_q;
  reg [COUNT_W-1:0] groups_left_q, runs_left_q, positions_left_q;
  reg begins_q;                                   // it is a window's first
  reg [COUNT_W-1:0] line_left_q, line_phase_q, lines_left_q;
  reg [COUNT_W-1:0] column_phase_q, columns_left_q;
  reg [LANE_W-1:0] lane_q;                        // of the next pixel, and its address
  reg [ADDRESS_W-1:0] address_q;

  // ---------------------------------------------------------------- the window being worked out
  reg [N*LANE_W-1:0] select_q;
  reg [N-1:0] enable_q, over_q;
  reg [ADDRESS_W-1:0] window_address_q;
  reg complete_q;

  // ---------------------------------------------------------------- those that wait
  reg [1:0] waiting_q;                            // how many
  reg [ROUTE_W-1:0] first_q, second_q;
  wire push = complete_q && (waiting_q != 2'd2 || next_i);
  wire step = active_q && (!complete_q || push);

  wire keep = line_phase_q == {COUNT_W{1'b0}} && lines_left_q != {COUNT_W{1'b0}} &&
      column_phase_q == {COUNT_W{1'b0}} && columns_left_q != {COUNT_W{1'b0}};
  wire window_end = positions_left_q == ONE;
  wire group_end = window_end && runs_left_q == ONE;
  wire all_end = group_end && groups_left_q == ONE;
  wire column_end = line_left_q == ONE;
  wire wraps = keep && lane_q == LAST_LANE;
  wire [ADDRESS_W-1:0] group_base = base_q + ROWS;

  // Column n - 1 - p of the array has position p.
  wire [COUNT_W-1:0] column_wide = positions_left_q - ONE;
  wire [LANE_W-1:0] column = column_wide[LANE_W-1:0];
  wire unused_column = &{1'b0, column_wide};
  wire [N-1:0] here = keep ? {{(N - 1) {1'b0}}, 1'b1} << lane_q : {N{1'b0}};
  // The window's pixels have gone over the last lane.
  reg over_now_q;
  wire over_now = !begins_q && over_now_q;

  assign busy_o = active_q;

  always @(posedge clk_i)
    if (rst_i) active_q <= 1'b0;
    else if (load_i) active_q <= 1'b1;
    else if (step && all_end) active_q <= 1'b0;

  always @(posedge clk_i)
    if (rst_i) complete_q <= 1'b0;
    else if (step) complete_q <= window_end;
    else if (push) complete_q <= 1'b0;

  integer l;
  always @(posedge clk_i) begin
    if (load_i) begin
      pitch_q <= pitch_i;
      line_stride_q <= line_stride_i;
      lines_q <= lines_i;
      column_stride_q <= column_stride_i;
      columns_q <= columns_i;
      positions_q <= positions_i;
      runs_q <= runs_i;
      first_lane_q <= lane_i;
      base_q <= base_i;
      step_q <= step_i;
      groups_left_q <= groups_i;
      runs_left_q <= runs_i;
      positions_left_q <= positions_i;
      begins_q <= 1'b1;
      line_left_q <= pitch_i;
      line_phase_q <= {COUNT_W{1'b0}};
      lines_left_q <= lines_i;
      column_phase_q <= {COUNT_W{1'b0}};
      columns_left_q <= columns_i;
      lane_q <= lane_i;
      address_q <= base_i;
    end else if (step) begin
      begins_q <= window_end;
      positions_left_q <= window_end ? positions_q : positions_left_q - ONE;
      if (window_end) runs_left_q <= group_end ? runs_q : runs_left_q - ONE;
      if (group_end) begin
        groups_left_q <= groups_left_q - ONE;
        base_q <= group_base;
      end
      if (group_end || column_end) begin
        line_left_q <= pitch_q;
        line_phase_q <= {COUNT_W{1'b0}};
        lines_left_q <= lines_q;
      end else begin
        line_left_q <= line_left_q - ONE;
        line_phase_q <= line_phase_q == line_stride_q - ONE ? {COUNT_W{1'b0}} : line_phase_q + ONE;
        if (line_phase_q == {COUNT_W{1'b0}} && lines_left_q != {COUNT_W{1'b0}}) lines_left_q <= lines_left_q - ONE;
      end
      if (group_end) begin
        column_phase_q <= {COUNT_W{1'b0}};
        columns_left_q <= columns_q;
      end else if (column_end) begin
        column_phase_q <= column_phase_q == column_stride_q - ONE ? {COUNT_W{1'b0}} : column_phase_q + ONE;
        if (column_phase_q == {COUNT_W{1'b0}} && columns_left_q != {COUNT_W{1'b0}})
          columns_left_q <= columns_left_q - ONE;
      end
      if (group_end) begin
        lane_q <= first_lane_q;
        address_q <= group_base;
      end else if (keep) begin
        lane_q <= wraps ? {LANE_W{1'b0}} : lane_q + {{(LANE_W - 1) {1'b0}}, 1'b1};
        if (wraps) address_q <= address_q + step_q;
      end
      over_now_q <= over_now || wraps;
      if (begins_q) window_address_q <= address_q;
      enable_q <= (begins_q ? {N{1'b0}} : enable_q) | here;
      over_q <= (begins_q ? {N{1'b0}} : over_q) | (over_now ? here : {N{1'b0}});
      for (l = 0; l < N; l = l + 1) if (here[l]) select_q[l*LANE_W+:LANE_W] <= column;
    end
  end

  // ---------------------------------------------------------------- first in, first out
  wire [ROUTE_W-1:0] route = {select_q, enable_q, over_q, window_address_q};
  assign valid_o = waiting_q != 2'd0;
  assign {select_o, enable_o, over_o, address_o} = first_q;

  always @(posedge clk_i)
    if (rst_i) waiting_q <= 2'd0;
    else waiting_q <= waiting_q + {1'b0, push} - {1'b0, next_i && valid_o};

  always @(posedge clk_i) begin
    if (next_i) first_q <= waiting_q == 2'd2 ? second_q : route;
    else if (waiting_q == 2'd0) first_q <= route;
    if (push && (next_i ? waiting_q == 2'd2 : waiting_q == 2'd1)) second_q <= route;
  end
endmodule
