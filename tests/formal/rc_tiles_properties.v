// rc_tiles_properties: what is proved of rc_tiles, for any tiles, stalls, and lanes.
//
// T1  ready_o is high exactly when tiles are fed, but for a last beat whose lane is busy.
// T2  take_o is high exactly when a beat is offered and asked for.
// T3  end_o is high exactly when that is the last of beats_i beats, for one tile behind the other.
module rc_tiles_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer STAGES = 0,
    parameter integer MAX_K  = ROWS + 3,
    parameter integer BEAT_W = $clog2(MAX_K + 2)
) (
    input  wire              clk_i,
    input  wire              load_i,
    input  wire [BEAT_W-1:0] beats_i,
    input  wire              active_i,
    input  wire              lane_busy_i,
    input  wire              op_valid_i,
    output wire [       3:1] violated_o
);
  reg loaded_q = 0;  // a command came
  wire active = active_i && loaded_q;
  wire ready, take, ends;
  rc_tiles #(
      .MAX_K(MAX_K)
  ) u_tiles (
      .clk_i(clk_i),
      .load_i(load_i),
      .beats_i(beats_i),
      .active_i(active),
      .lane_busy_i(lane_busy_i),
      .op_valid_i(op_valid_i),
      .ready_o(ready),
      .take_o(take),
      .end_o(ends)
  );

  reg [BEAT_W-1:0] beats_q, beat_q;
  wire last = beat_q == beats_q - 1;
  wire expected = active && !(last && lane_busy_i);
  always @(posedge clk_i) begin
    if (expected && op_valid_i) beat_q <= last ? 0 : beat_q + 1;
    if (load_i) begin
      beats_q  <= beats_i;
      beat_q   <= 0;
      loaded_q <= beats_i != 0;
    end
  end

  wire [3:1] holds;
  assign holds[1] = ready == expected;
  assign holds[2] = take == (expected && op_valid_i);
  assign holds[3] = ends == (expected && op_valid_i && last);
  assign violated_o = ~holds;
endmodule
