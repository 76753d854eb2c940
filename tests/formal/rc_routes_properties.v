// rc_routes_properties: what is proved of rc_routes, for any fields that a move may have, windows asked for at
// any time, moves behind each other, and a reset at any time. The reference works windows out a position at a
// time as well, but counts up, finds a window's lanes anew from nothing, and keeps all windows in a list.
//
// U1  No lane is given to two positions of a window: by the definition, and so, by U3, by the module.
// U2  Exactly the moves' windows come: none is lost or doubled, none waits for more than a cycle when it is
//     complete, and busy_o is high exactly while positions are left.
// U3  A lane is enabled exactly if a kept position goes there, and takes that position's column.
// U4  It goes over exactly if a lane before it in the window was the last one.
// U5  A window's address is that of its first kept position.
module rc_routes_properties #(
    parameter integer N         = 3,
    parameter integer ADDRESS_W = 2,
    parameter integer COUNT_W   = 2,
    parameter integer LANE_W    = $clog2(N)
) (
    input  wire                 clk_i,
    input  wire                 rst_i,
    input  wire                 load_i,
    input  wire                 next_i,
    input  wire [  COUNT_W-1:0] pitch_i,
    input  wire [  COUNT_W-1:0] line_stride_i,
    input  wire [  COUNT_W-1:0] lines_i,
    input  wire [  COUNT_W-1:0] column_stride_i,
    input  wire [  COUNT_W-1:0] columns_i,
    input  wire [  COUNT_W-1:0] positions_i,
    input  wire [  COUNT_W-1:0] runs_i,
    input  wire [  COUNT_W-1:0] groups_i,
    input  wire [   LANE_W-1:0] lane_i,
    input  wire [ADDRESS_W-1:0] base_i,
    input  wire [ADDRESS_W-1:0] step_i,
    output wire [          5:1] violated_o
);
  localparam [LANE_W-1:0] LAST_LANE = N - 1;
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  wire busy, valid;
  wire [N*LANE_W-1:0] select;
  wire [N-1:0] enable, over;
  wire [ADDRESS_W-1:0] address;
  wire legal = pitch_i != 0 && line_stride_i != 0 && lines_i != 0 && column_stride_i != 0 && columns_i != 0
      && positions_i != 0 && positions_i <= N && runs_i != 0 && groups_i != 0 && lane_i < N;
  wire load = load_i && !busy && legal;
  wire next = next_i && valid;

  rc_routes #(
      .N(N),
      .ADDRESS_W(ADDRESS_W),
      .COUNT_W(COUNT_W)
  ) u_routes (
      .clk_i(clk_i),
      .rst_i(rst),
      .load_i(load),
      .pitch_i(pitch_i),
      .line_stride_i(line_stride_i),
      .lines_i(lines_i),
      .column_stride_i(column_stride_i),
      .columns_i(columns_i),
      .positions_i(positions_i),
      .runs_i(runs_i),
      .groups_i(groups_i),
      .lane_i(lane_i),
      .base_i(base_i),
      .step_i(step_i),
      .busy_o(busy),
      .valid_o(valid),
      .next_i(next),
      .select_o(select),
      .enable_o(enable),
      .over_o(over),
      .address_o(address)
  );

  // ---------------------------------------------------------------- the reference: a position a cycle
  // It works when there is room: at most two windows wait, and one is complete.
  reg active_q;
  reg [COUNT_W-1:0] pitch_q, line_stride_q, lines_q, column_stride_q, columns_q, positions_q, runs_q, groups_q;
  reg [ADDRESS_W-1:0] base_q, step_q;
  reg [LANE_W-1:0] lane_q;
  reg [COUNT_W-1:0] group_q, run_q, position_q, line_q;
  // Columns by their number in the stride, and how many are kept: wide numbers would not matter.
  reg [COUNT_W-1:0] column_phase_q, line_phase_q, kept_lines_q;
  reg [COUNT_W:0] kept_columns_q;
  reg [LANE_W-1:0] pixel_q;         // lane of the group's next pixel
  reg [ADDRESS_W-1:0] row_q;        // its N pixels' address
  // The window that is worked out, and those behind it: lanes, columns, address.
  localparam WINDOW_W = N * LANE_W + 2 * N + ADDRESS_W + 1;
  reg [N*LANE_W-1:0] select_q;
  reg [N-1:0] enable_q, over_q;
  reg any_q;
  reg [ADDRESS_W-1:0] address_q;
  reg [WINDOW_W-1:0] wait_q[0:2];
  reg [1:0] waits_q;                // how many
  reg double_q;

  wire keeps = line_phase_q == 0 && kept_lines_q < lines_q && column_phase_q == 0 && kept_columns_q < columns_q;
  wire window_end = position_q == positions_q - 1;
  wire group_end = window_end && run_q == runs_q - 1;
  wire all_end = group_end && group_q == groups_q - 1;
  wire column_end = line_q == pitch_q - 1;
  // It goes on in the cycles in which the module does: with three places, of which one is being left.
  wire step = active_q && (waits_q != 3 || next);
  wire [N-1:0] here = keeps ? 1 << pixel_q : 0;
  wire first_kept = keeps && !any_q;

  reg [N*LANE_W-1:0] selects;
  reg [N-1:0] enables, overs;
  reg wrapped_q;                    // in this window
  reg [ADDRESS_W-1:0] window_address;
  integer l;
  always @* begin
    selects = select_q;
    for (l = 0; l < N; l = l + 1)
      if (here[l]) selects[l*LANE_W+:LANE_W] = positions_q - 1 - position_q;
    enables = enable_q | here;
    overs = over_q | (wrapped_q ? here : 0);
    window_address = first_kept ? row_q : address_q;
  end
  wire [WINDOW_W-1:0] window = {selects, enables, overs, window_address, any_q || keeps};
  wire complete = step && window_end;

  always @(posedge clk_i) begin
    if (load) begin
      {pitch_q, line_stride_q, lines_q, column_stride_q, columns_q} <=
          {pitch_i, line_stride_i, lines_i, column_stride_i, columns_i};
      {positions_q, runs_q, groups_q, base_q, step_q, lane_q} <=
          {positions_i, runs_i, groups_i, base_i, step_i, lane_i};
      {group_q, run_q, position_q, line_q, column_phase_q, line_phase_q, kept_lines_q, kept_columns_q} <= 0;
      {select_q, enable_q, over_q, any_q, wrapped_q} <= 0;
      pixel_q <= lane_i;
      row_q <= base_i;
      active_q <= 1;
    end else if (step) begin
      if (all_end) active_q <= 0;
      {select_q, enable_q, over_q, any_q} <= window_end ? 0 : {selects, enables, overs, any_q || keeps};
      address_q <= window_address;
      wrapped_q <= !window_end && (wrapped_q || (keeps && pixel_q == LAST_LANE));
      position_q <= window_end ? 0 : position_q + 1;
      if (window_end) run_q <= group_end ? 0 : run_q + 1;
      line_q <= column_end ? 0 : line_q + 1;
      line_phase_q <= column_end || line_phase_q == line_stride_q - 1 ? 0 : line_phase_q + 1;
      kept_lines_q <= column_end ? 0 : line_phase_q == 0 && kept_lines_q < lines_q ? kept_lines_q + 1 : kept_lines_q;
      if (column_end) begin
        column_phase_q <= column_phase_q == column_stride_q - 1 ? 0 : column_phase_q + 1;
        if (column_phase_q == 0 && kept_columns_q < columns_q) kept_columns_q <= kept_columns_q + 1;
      end
      if (keeps) begin
        pixel_q <= pixel_q == LAST_LANE ? 0 : pixel_q + 1;
        if (pixel_q == LAST_LANE) row_q <= row_q + step_q;
      end
      if (group_end) begin
        group_q <= group_q + 1;
        {line_q, column_phase_q, line_phase_q, kept_lines_q, kept_columns_q} <= 0;
        pixel_q <= lane_q;
        row_q <= base_q + (group_q + 1) * N;
      end
    end
    double_q <= step && (enable_q & here) != 0;
    waits_q <= waits_q + complete - next;
    if (next) begin
      wait_q[0] <= waits_q == 1 ? window : wait_q[1];
      wait_q[1] <= waits_q == 2 ? window : wait_q[2];
      wait_q[2] <= window;
    end else if (complete) begin
      if (waits_q == 0) wait_q[0] <= window;
      if (waits_q == 1) wait_q[1] <= window;
      if (waits_q == 2) wait_q[2] <= window;
    end
    if (rst) begin
      active_q <= 0;
      waits_q  <= 0;
      double_q <= 0;
    end
  end

  wire [N*LANE_W-1:0] first_select;
  wire [N-1:0] first_enable, first_over;
  wire [ADDRESS_W-1:0] first_address;
  wire first_any;
  assign {first_select, first_enable, first_over, first_address, first_any} = wait_q[0];
  reg selected;
  reg late_q;  // a window has been complete for a cycle
  always @(posedge clk_i) late_q <= !rst && (waits_q > 1 || (waits_q == 1 && !next));
  always @* begin
    selected = 1;
    for (l = 0; l < N; l = l + 1)
      if (first_enable[l]) selected = selected && select[l*LANE_W+:LANE_W] == first_select[l*LANE_W+:LANE_W];
  end

  wire [5:1] holds;
  assign holds[1] = !double_q;
  assign holds[2] = (valid ? waits_q != 0 : !(late_q && waits_q != 0)) && busy == active_q;
  assign holds[3] = !valid || (enable == first_enable && selected);
  assign holds[4] = !valid || (over & enable) == first_over;
  assign holds[5] = !valid || !first_any || address == first_address;
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
