// rc_mac, for proofs: who met whom instead of how much. Every sum carries a mark, its highest bit,
// so that a captured result is never zero; below it the operands of all products are merged.
// A product is there if both operands are.
module rc_mac #(
    parameter integer DATA_W   = 2,
    parameter integer WEIGHT_W = 3,
    parameter integer ACC_W    = 6,  // 1 + DATA_W + WEIGHT_W
    parameter integer MAC_STAGES = 0
) (
    input  wire                clk_i,
    input  wire [  DATA_W-1:0] a_i,
    input  wire [WEIGHT_W-1:0] w_i,
    input  wire [   ACC_W-1:0] acc_i,
`ifdef ROW_BROADCAST
    output wire [WEIGHT_W-1:0] w_n_o,
`endif
    output wire [   ACC_W-1:0] sum_o
);
  wire [ACC_W-1:0] product = {1'b1, {DATA_W + WEIGHT_W{a_i != 0 && w_i != 0}} & {a_i, w_i}};
  generate
    if (MAC_STAGES == 0) begin : gen_at_once
      assign sum_o = acc_i | product;
    end else begin : gen_staged
      reg [ACC_W-1:0] product_q;
      always @(posedge clk_i) product_q <= product;
      assign sum_o = acc_i | product_q;
    end
  endgenerate
`ifdef ROW_BROADCAST
  assign w_n_o = ~w_i;
`endif
endmodule
