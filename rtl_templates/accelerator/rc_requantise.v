// rc_requantise: one lane's way from a sum to a word, a pipeline of five registers.
//
//     v   = (sum + bias) >> pre, saturated to DATA_W + 8 bits
//     out = (v * scale + 2^(post-1)) >> post, clamped to low..high
//
// A sum on sum_i in cycle t meets its scale on scale_i in cycle t + 1, its clamp in cycle t + 4; the word
// is on data_o from cycle t + 5 on, and on next_o in cycle t + 4: what looks it up in a memory reads there.
module rc_requantise #(
    parameter integer DATA_W = /*%DATA_W*/8,  // bits of a word, signed
    parameter integer ACC_W  = /*%ACC_W*/32   // bits of a sum, signed
) (
    input  wire                     clk_i,
    input  wire signed [ACC_W-1:0]  sum_i,
    input  wire        [49:0]       scale_i,  // {post, pre, scale, bias}: 4, 6, 8, 32 bits
    input  wire signed [DATA_W-1:0] low_i,
    input  wire signed [DATA_W-1:0] high_i,
    output wire signed [DATA_W-1:0] next_o,  // data_o's of the cycle behind
    output reg  signed [DATA_W-1:0] data_o
);
  localparam integer WIDE = (ACC_W > 32 ? ACC_W : 32) + 1;
  localparam integer MID = DATA_W + 8;
  localparam integer PRODUCT = MID + 8;

  reg signed [ACC_W-1:0] sum_q;
  reg signed [WIDE-1:0] biased_q;
  reg [5:0] pre_q;
  reg [7:0] scale_q1, scale_q2;
  reg [3:0] post_q1, post_q2, post_q3;
  reg signed [MID-1:0] mid_q;
  reg signed [PRODUCT-1:0] product_q;

  wire signed [31:0] bias = scale_i[31:0];
  wire signed [WIDE-1:0] wide_sum = {{(WIDE - ACC_W) {sum_q[ACC_W-1]}}, sum_q};
  wire signed [WIDE-1:0] wide_bias = {{(WIDE - 32) {bias[31]}}, bias};

  wire signed [WIDE-1:0] shifted = biased_q >>> pre_q;
  wire fits = shifted[WIDE-1:MID-1] == {(WIDE - MID + 1) {shifted[WIDE-1]}};

  wire signed [8:0] factor = {1'b0, scale_q2};
  wire signed [PRODUCT:0] product = mid_q * factor;

  wire unused_sign = product[PRODUCT];  // a factor is below 256

  wire [15:0] half = (16'd1 << post_q3) >> 1;
  wire signed [PRODUCT:0] rounded =
      {product_q[PRODUCT-1], product_q} + {{(PRODUCT - 15) {1'b0}}, half};
  wire signed [PRODUCT:0] out = rounded >>> post_q3;
  wire signed [PRODUCT:0] wide_low = {{(PRODUCT + 1 - DATA_W) {low_i[DATA_W-1]}}, low_i};
  wire signed [PRODUCT:0] wide_high = {{(PRODUCT + 1 - DATA_W) {high_i[DATA_W-1]}}, high_i};

  assign next_o = out < wide_low ? low_i : out > wide_high ? high_i : out[DATA_W-1:0];

  always @(posedge clk_i) begin
    sum_q <= sum_i;
    biased_q <= wide_sum + wide_bias;
    pre_q <= scale_i[45:40];
    scale_q1 <= scale_i[39:32];
    post_q1 <= scale_i[49:46];
    mid_q <= fits ? shifted[MID-1:0] : {shifted[WIDE-1], {(MID - 1) {!shifted[WIDE-1]}}};
    scale_q2 <= scale_q1;
    post_q2 <= post_q1;
    product_q <= product[PRODUCT-1:0];
    post_q3 <= post_q2;
    data_o <= next_o;
  end
endmodule
