// rc_requantise: a sum each cycle, of which every one is another's neighbour in the pipeline, against the
// formula in wide arithmetic, where a shift to the right is a division that rounds down.
module rc_requantise_tb;
  parameter integer DATA_W = 8;
  parameter integer ACC_W = 32;
  parameter integer SEED = 1;
  localparam integer CASES = 20000;

  reg clk;
  reg signed [ACC_W-1:0] sum;
  reg [49:0] scale;
  reg signed [DATA_W-1:0] low, high;
  wire signed [DATA_W-1:0] next_o, data_o;
  reg signed [DATA_W-1:0] told;  // next_o of the cycle before

  rc_requantise #(
      .DATA_W(DATA_W),
      .ACC_W (ACC_W)
  ) u_requantise (
      .clk_i(clk),
      .sum_i(sum),
      .scale_i(scale),
      .low_i(low),
      .high_i(high),
      .next_o(next_o),
      .data_o(data_o)
  );

  // Of the last eight cases.
  reg signed [ACC_W-1:0] sums[0:7];
  reg [49:0] scales[0:7];
  reg signed [DATA_W-1:0] lows[0:7], highs[0:7];
  integer seed, t, fails, inside, below, above, saturated;

  function signed [127:0] down(input signed [127:0] value, input integer shift);
    reg signed [127:0] unit;
    begin
      unit = 128'sd1 <<< shift;
      down = value / unit;
      if (value < 0 && down * unit != value) down = down - 1;
    end
  endfunction

  function signed [127:0] at_random(input integer bits);  // signed; often at a bound, often small
    reg signed [127:0] some;
    begin
      some = {$random(seed), $random(seed), $random(seed), $random(seed)};
      some = some >>> (128 - bits);
      case ({$random(seed)} % 8)
        0: some = (128'sd1 <<< (bits - 1)) - 1;
        1: some = -(128'sd1 <<< (bits - 1));
        2: some = some >>> ({$random(seed)} % bits);
        3: some = some >>> ({$random(seed)} % bits);
        default: ;
      endcase
      at_random = some;
    end
  endfunction

  reg signed [127:0] v, most, out, wide_sum, bias, factor;
  integer pre, post;
  task check(input [2:0] i);
    begin
      wide_sum = sums[i];
      bias = $signed(scales[i][31:0]);
      factor = scales[i][39:32];
      pre = scales[i][45:40];
      post = scales[i][49:46];
      v = down(wide_sum + bias, pre);
      most = (128'sd1 <<< (DATA_W + 7)) - 1;
      if (v > most || v < -most - 1) saturated = saturated + 1;
      if (v > most) v = most;
      if (v < -most - 1) v = -most - 1;
      out = down(v * factor + (post == 0 ? 0 : 128'sd1 <<< (post - 1)), post);
      if (out < lows[i]) begin
        out = lows[i];
        below = below + 1;
      end else if (out > highs[i]) begin
        out = highs[i];
        above = above + 1;
      end else inside = inside + 1;
      if (data_o !== out[DATA_W-1:0] || told !== data_o) begin
        if (fails < 5)
          $display("FAIL: seed %0d, case %0d: sum %0d, bias %0d, scale %0d, pre %0d, post %0d, %0d to %0d: %0d, not %0d",
                   SEED, t, wide_sum, bias, factor, pre, post, lows[i], highs[i], data_o, out);
        fails = fails + 1;
      end
    end
  endtask

  integer reach;
  initial begin
    seed = SEED;
    fails = 0;
    inside = 0;
    below = 0;
    above = 0;
    saturated = 0;
    clk = 1'b0;
    for (t = 0; t < CASES; t = t + 1) begin
      sums[t%8] = at_random(ACC_W);
      scales[t%8][31:0] = at_random({$random(seed)} % 2 ? 32 : 12);
      scales[t%8][39:32] = {$random(seed)} % 4 ? {$random(seed)} % 256 : 255;
      // Half of the shifts leave what fits.
      reach = ACC_W > DATA_W + 8 ? ACC_W - DATA_W - 8 : 0;
      pre = {$random(seed)} % 8 == 0 ? {$random(seed)} % 64 : {$random(seed)} % (reach + 2);
      scales[t%8][45:40] = pre;
      scales[t%8][49:46] = $random(seed);
      lows[t%8] = {$random(seed)} % 2 ? {1'b1, {(DATA_W - 1) {1'b0}}} : $random(seed);
      highs[t%8] = {$random(seed)} % 2 ? {1'b0, {(DATA_W - 1) {1'b1}}} : $random(seed);
      if (highs[t%8] < lows[t%8]) highs[t%8] = lows[t%8];
      sum = sums[t%8];
      scale = scales[(t+7)%8];
      low = lows[(t+4)%8];
      high = highs[(t+4)%8];
      #5 told = next_o;
      clk = 1'b1;
      #5 clk = 1'b0;
      if (t >= 8) check((t + 4) % 8);
    end
    if (fails == 0 && inside > 1000 && below > 500 && above > 500 && saturated > 100)
      $display("PASS: %0d sums", t);
    else
      $display("FAIL: %0d failures, %0d inside, %0d below, %0d above, %0d saturated", fails, inside, below, above,
               saturated);
    $finish;
  end
endmodule
