// rc_tiles: every output in every cycle against the beats of a tile counted here. Beats are there or not, the
// lane is busy or not, tiles are fed or something else is.
module rc_tiles_tb;
  parameter integer MAX_K = 5;
  localparam BEAT_W = $clog2(MAX_K + 2);

  reg clk, load, active, lane_busy, op_valid;
  reg [BEAT_W-1:0] beats;
  wire ready, take, ends;
  integer t, fails, tiles, waits, length, beat;
  reg expected;

  rc_tiles #(
      .MAX_K(MAX_K)
  ) u_tiles (
      .clk_i(clk),
      .load_i(load),
      .beats_i(beats),
      .active_i(active),
      .lane_busy_i(lane_busy),
      .op_valid_i(op_valid),
      .ready_o(ready),
      .take_o(take),
      .end_o(ends)
  );

  task check(input ok, input [8*16:1] what);
    if (ok !== 1'b1) begin
      $display("FAIL: cycle %0d: %0s", t, what);
      fails = fails + 1;
    end
  endtask

  initial begin
    fails = 0;
    tiles = 0;
    waits = 0;
    active = 1'b0;
    length = 1;
    beat = 0;
    clk = 1'b0;
    for (t = 0; t < 8000 && fails < 6; t = t + 1) begin
      lane_busy = {$random} % 2;
      op_valid = t % 128 < 64 || {$random} % 3 == 0;
      load = 1'b0;
      #1 expected = active && !(beat == length - 1 && lane_busy);
      check(ready === expected, "ready_o");
      check(take === (expected && op_valid), "take_o");
      check(ends === (expected && op_valid && beat == length - 1), "end_o");
      waits = waits + (active && !expected);
      op_valid = !op_valid;
      #1 check(ready === expected, "ready on valid");
      op_valid = !op_valid;
      #1;
      // The command ends behind a tile, or there is none.
      load = !active || (ends && {$random} % 3 == 0);
      beats = load ? 1 + {$random} % ({$random} % 2 ? MAX_K : MAX_K < 3 ? MAX_K : 3) : {BEAT_W{1'bx}};
      #1;
      if (take) beat = ends ? 0 : beat + 1;
      tiles = tiles + ends;
      if (load) begin
        active = {$random} % 8 != 0;
        length = beats;
        beat = 0;
      end
      #1 clk = 1'b1;
      #5 clk = 1'b0;
    end
    check(tiles > 100 && waits > 50, "coverage");
    if (fails == 0) $display("PASS: %0d tiles, %0d waits", tiles, waits);
    $finish;
  end
endmodule
