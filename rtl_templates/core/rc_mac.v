// rc_mac: one signed multiply-accumulate.
//
//     a_i ──┐
//           × ──► product ──┐
//     w_i ──┘               + ──► sum_o
//     acc_i ────────────────┘
//
// The product is exact (DATA_W + WEIGHT_W bits); the sum wraps around modulo 2^ACC_W.
//%if ROW_BROADCAST
// w_n_o is w_i inverted. Multipliers are made of w and its inverse, so the inverse is there already,
// and the element passes it on.
//%end
// Latency: MAC_STAGES = 0: none. 1: a register holds the product, and acc_i is added to the product of
// the cycle before. The other registers are the processing element's.
module rc_mac #(
    parameter integer DATA_W     = /*%DATA_W*/8,    // bits of an activation, signed, 2..16
    parameter integer WEIGHT_W   = /*%WEIGHT_W*/8,  // bits of a weight, signed, 2..16
    parameter integer ACC_W      = /*%ACC_W*/32,    // bits of the accumulator, DATA_W + WEIGHT_W .. 64
    parameter integer MAC_STAGES = /*%MAC_STAGES*/0 // registers between multiplier and adder, 0..1
) (
    input  wire                clk_i,
    input  wire [  DATA_W-1:0] a_i,
    input  wire [WEIGHT_W-1:0] w_i,
    input  wire [   ACC_W-1:0] acc_i,
//%if ROW_BROADCAST
    output wire [WEIGHT_W-1:0] w_n_o,
//%end
    output wire [   ACC_W-1:0] sum_o
);
  localparam PRODUCT_W = DATA_W + WEIGHT_W;

  wire signed [DATA_W-1:0] a = a_i;
  wire signed [WEIGHT_W-1:0] w = w_i;
  wire signed [PRODUCT_W-1:0] product = a * w;

  generate
    if (MAC_STAGES == 0) begin : gen_at_once
      wire unused_clk = clk_i;
      assign sum_o = acc_i + {{(ACC_W - PRODUCT_W) {product[PRODUCT_W-1]}}, product};
    end else begin : gen_staged
      // A sum of signed numbers, in which Yosys finds the adder of an iCE40's DSP block. Without the
      // register its ASIC flow would merge that with the multiplier, half as large again.
      reg signed [PRODUCT_W-1:0] product_q;
      wire signed [ACC_W-1:0] acc = acc_i;
      wire signed [ACC_W-1:0] addend = {{(ACC_W - PRODUCT_W) {product_q[PRODUCT_W-1]}}, product_q};
      always @(posedge clk_i) product_q <= product;
      assign sum_o = acc + addend;
    end
  endgenerate
//%if ROW_BROADCAST
  assign w_n_o = ~w_i;
//%end
endmodule
