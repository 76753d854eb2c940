// rc_tiles: every output for all inputs.
module rc_tiles_tb;
  reg active, last_beat, lane_busy, op_valid;
  wire ready, take, ends;
  integer i, fails;
  reg expected;

  rc_tiles u_tiles (
      .active_i(active),
      .last_beat_i(last_beat),
      .lane_busy_i(lane_busy),
      .op_valid_i(op_valid),
      .ready_o(ready),
      .take_o(take),
      .end_o(ends)
  );

  task check(input ok, input [8*8:1] what);
    if (ok !== 1'b1) begin
      $display("FAIL: active %b, last %b, lane busy %b, valid %b: %0s", active, last_beat, lane_busy, op_valid,
               what);
      fails = fails + 1;
    end
  endtask

  initial begin
    fails = 0;
    for (i = 0; i < 16; i = i + 1) begin
      {active, last_beat, lane_busy, op_valid} = i[3:0];
      #1;
      // A lane matters to a last beat only.
      case ({active, last_beat, lane_busy})
        3'b100, 3'b101, 3'b110: expected = 1'b1;
        default: expected = 1'b0;
      endcase
      check(ready === expected, "ready_o");
      check(take === (expected && op_valid), "take_o");
      check(ends === (expected && op_valid && last_beat), "end_o");
    end
    if (fails == 0) $display("PASS: 16 cases");
    $finish;
  end
endmodule
