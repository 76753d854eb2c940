// rc_steps: every output in every cycle against a command's steps counted here. Commands are there or not,
// steps end in every cycle or are held back, and a reset comes in between.
module rc_steps_tb;
  parameter integer ROWS  = 3;
  parameter integer TAG_W = 3;
  localparam ROW_W = $clog2(ROWS + 2);

  reg clk, rst;
  reg valid, step_end, stream;
  reg [TAG_W-1:0] tag, count;
  reg [ROW_W-1:0] rows;
  wire load, active;
  wire [TAG_W-1:0] tag_o;
  wire [ROW_W-1:0] rows_o;
`ifdef ROW_BROADCAST
  wire stream_o;
`else
  wire stream_o = is_stream;
`endif

  rc_steps #(
      .ROWS (ROWS),
      .TAG_W(TAG_W)
  ) u_steps (
      .clk_i(clk),
      .rst_i(rst),
      .load_o(load),
      .valid_i(valid),
      .tag_i(tag),
      .count_i(count),
      .rows_i(rows),
`ifdef ROW_BROADCAST
      .stream_i(stream),
      .stream_o(stream_o),
`endif
      .active_o(active),
      .tag_o(tag_o),
      .rows_o(rows_o),
      .step_end_i(step_end)
  );

  integer t, fails, steps, left, streak, longest;
  reg [TAG_W-1:0] now_tag;
  reg [ROW_W-1:0] now_rows;
  reg is_stream;

  task check(input ok, input [8*16:1] what);
    if (ok !== 1'b1) begin
      $display("FAIL: cycle %0d: %0s", t, what);
      fails = fails + 1;
    end
  endtask

  initial begin
    fails = 0;
    steps = 0;
    streak = 0;
    longest = 0;
    left = 0;
    clk = 1'b0;
    rst = 1'b1;
    valid = 1'b0;
    step_end = 1'b0;
    #5 clk = 1'b1;
    #5 clk = 1'b0;
    rst = 1'b0;
    for (t = 0; t < 6000 && fails < 6; t = t + 1) begin
      // Stretches in which nothing is missing.
      valid = t % 128 < 64 || {$random} % 3 == 0;
      tag = $random;
      count = {$random} % 4 == 0 ? {TAG_W{1'b1}} : 1 + {$random} % (TAG_W == 1 ? 1 : 3);
      rows = 1 + {$random} % ROWS;
      stream = $random;
      if (!valid) {tag, count, rows, stream} = {(2 * TAG_W + ROW_W + 1) {1'bx}};
      step_end = left > 0 && (t % 256 < 128 || {$random} % 3 == 0);
      rst = {$random} % 300 == 0;
      #1;
      check(active === (left > 0), "active_o");
      check(load === (left == 0 || (left == 1 && step_end)), "load_o");
      if (left > 0)
        check(tag_o === now_tag && rows_o === now_rows && stream_o === is_stream, "step");
      steps = steps + step_end;
      streak = step_end ? streak + 1 : 0;
      if (streak > longest) longest = streak;
      if (step_end) begin
        left = left - 1;
        now_tag = now_tag + 1;
      end
      if (left == 0 && valid) begin
        left = count;
        {now_tag, now_rows, is_stream} = {tag, rows, stream};
      end
      if (rst) left = 0;
      #4 clk = 1'b1;
      #5 clk = 1'b0;
    end
    check(steps > 2000 && longest > 50, "coverage");
    if (fails == 0) $display("PASS: %0d steps", steps);
    $finish;
  end
endmodule
