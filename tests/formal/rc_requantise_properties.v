// rc_requantise_properties: what is proved of rc_requantise, for any sums, scales and clamps, a new one each
// cycle: the word is the formula's, computed at once in arithmetic that is wide enough for all of it.
//
// E1  data_o is, five cycles behind sum_i, clamp((saturate((sum + bias) >> pre) * scale + round) >> post).
module rc_requantise_properties #(
    parameter integer DATA_W = 3,
    parameter integer ACC_W  = 6
) (
    input  wire                     clk_i,
    input  wire signed [ ACC_W-1:0] sum_i,
    input  wire        [      49:0] scale_i,
    input  wire signed [DATA_W-1:0] low_i,
    input  wire signed [DATA_W-1:0] high_i,
    output wire        [       1:1] violated_o
);
  localparam MID = DATA_W + 8;
  localparam WIDE = 50;

  wire signed [DATA_W-1:0] data;
  rc_requantise #(
      .DATA_W(DATA_W),
      .ACC_W (ACC_W)
  ) u_requantise (
      .clk_i(clk_i),
      .sum_i(sum_i),
      .scale_i(scale_i),
      .low_i(low_i),
      .high_i(high_i),
      .data_o(data)
  );

  // Five cycles' inputs: a scale comes a cycle behind its sum, a clamp four.
  reg signed [ACC_W-1:0] sum_q1, sum_q2, sum_q3, sum_q4, sum_q5;
  reg [49:0] scale_q2, scale_q3, scale_q4, scale_q5;
  reg signed [DATA_W-1:0] low_q5, high_q5;
  reg [2:0] age_q = 0;
  always @(posedge clk_i) begin
    {sum_q1, sum_q2, sum_q3, sum_q4, sum_q5} <= {sum_i, sum_q1, sum_q2, sum_q3, sum_q4};
    {scale_q2, scale_q3, scale_q4, scale_q5} <= {scale_i, scale_q2, scale_q3, scale_q4};
    {low_q5, high_q5} <= {low_i, high_i};
    if (age_q != 5) age_q <= age_q + 1;
  end

  wire signed [WIDE-1:0] sum = sum_q5;
  wire signed [31:0] bias = scale_q5[31:0];
  wire signed [WIDE-1:0] biased = sum + bias;
  wire signed [WIDE-1:0] shifted = biased >>> scale_q5[45:40];
  wire signed [WIDE-1:0] most = (1 << (MID - 1)) - 1;
  wire signed [WIDE-1:0] least = -most - 1;
  wire signed [WIDE-1:0] mid = shifted > most ? most : shifted < least ? least : shifted;
  // A product of the low bits that matter; both sides see the same of it.
  wire signed [8:0] factor = {1'b0, scale_q5[39:32]};
  wire signed [MID-1:0] narrow = mid[MID-1:0];
  wire signed [MID+8:0] product = narrow * factor;
  wire signed [WIDE-1:0] wide = product;
  wire [3:0] post = scale_q5[49:46];
  wire signed [WIDE-1:0] half = post == 0 ? 0 : 1 << (post - 1);
  wire signed [WIDE-1:0] out = (wide + half) >>> post;
  wire signed [WIDE-1:0] low = low_q5;
  wire signed [WIDE-1:0] high = high_q5;
  wire signed [WIDE-1:0] expected = out < low ? low : out > high ? high : out;
  assign violated_o = age_q == 5 && data != expected[DATA_W-1:0];
endmodule
