// rc_mac: one signed multiply-accumulate, combinational.
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
// Latency: none. The registers are the processing element's.
module rc_mac #(
    parameter integer DATA_W   = /*%DATA_W*/8,   // bits of an activation, signed, 2..16
    parameter integer WEIGHT_W = /*%WEIGHT_W*/8, // bits of a weight, signed, 2..16
    parameter integer ACC_W    = /*%ACC_W*/32    // bits of the accumulator, DATA_W + WEIGHT_W .. 64
) (
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

  assign sum_o = acc_i + {{(ACC_W - PRODUCT_W) {product[PRODUCT_W-1]}}, product};
//%if ROW_BROADCAST
  assign w_n_o = ~w_i;
//%end
endmodule
