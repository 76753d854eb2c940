// rc_tiles_properties: what is proved of rc_tiles, for any tiles, stalls, and lanes.
//
// T1  ready_o is high exactly when tiles are fed, but for a last beat whose lane is busy.
// T2  take_o is high exactly when a beat is offered and asked for.
// T3  end_o is high exactly when that is a last one.
module rc_tiles_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer STAGES = 0
) (
    input  wire       clk_i,
    input  wire       active_i,
    input  wire       last_beat_i,
    input  wire       lane_busy_i,
    input  wire       op_valid_i,
    output wire [3:1] violated_o
);
  wire ready, take, ends;
  rc_tiles u_tiles (
      .active_i(active_i),
      .last_beat_i(last_beat_i),
      .lane_busy_i(lane_busy_i),
      .op_valid_i(op_valid_i),
      .ready_o(ready),
      .take_o(take),
      .end_o(ends)
  );

  // rc_tiles has no register; bounded model checking wants one.
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;

  wire expected = active_i && !(last_beat_i && lane_busy_i);
  wire [3:1] holds;
  assign holds[1] = ready == expected;
  assign holds[2] = take == (expected && op_valid_i);
  assign holds[3] = ends == (expected && op_valid_i && last_beat_i);
  assign violated_o = started_q ? ~holds : 0;
endmodule
