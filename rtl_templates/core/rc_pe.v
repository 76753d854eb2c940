// rc_pe: one processing element of the output-stationary array.
//
//%if ROW_BROADCAST
//                 b_n_i    out_o
//                   │        ▲
//     a_i      ──► ┌┴────────┴─┐ ──► a_o
//     last_n_i ──► │ acc   out │ ──► last_n_o
//                  └┬────────▲─┘
//                   ▼        │
//                 b_n_o   drain_i (the south neighbour's out)
//%else
//%//                 b_i      out_o
//%//                  │         ▲
//%//     a_i    ──► ┌─┴─────────┴─┐ ──► a_o
//%//     last_i ──► │  acc   out  │ ──► last_o
//%//                └─┬─────────▲─┘
//%//                  ▼         │
//%//                 b_o     drain_i (the south neighbour's out)
//%end
//
// Every cycle acc gains a * w, from the element's own registers. Zero is the bubble: an idle operand
// is zero, so nothing enables or qualifies the sum. `last` is the only control: it marks the final
// beat of a burst, hands the finished sum to the drain and clears acc for the next burst, which may
// start in the next cycle. The drain shifts upwards without an enable; an empty slot is zero, so a
// capture is an OR.
//
//%if ROW_BROADCAST
// A tap takes b's register: the long wire that brings it ends there, and the sum never waits for it.
// It must not move on to the south, so in the next cycle hold_i is high everywhere; likewise `last`.
// What travels is inverted (b, `last`, the broadcast): an OR and a NAND, one cell a bit, then merge
// the two sources, and the inverses are at hand, in the multiplier and before the capture.
//
//%end
// MAC_STAGES = 1 is for FPGAs, whose DSP blocks have registers behind the multiplier and behind the
// adder, and nothing in between may go elsewhere: the product has a register, acc holds the finished
// sum for a cycle, and the next burst starts from zero instead of from it.
//
//     MAC_STAGES = 0     a, b, last  │ acc, out              │: a clock edge
//     MAC_STAGES = 1     a, b, last  │ product  │ acc  │ out
//
// Latency: a, b, last and a drained result take one cycle through the element; a sum is captured by
// the edge after that of its last operands, with MAC_STAGES = 1 two edges later.
// No register is reset: the sequencer washes the array after reset.
module rc_pe #(
    parameter integer DATA_W     = /*%DATA_W*/8,    // bits of an activation, signed
    parameter integer WEIGHT_W   = /*%WEIGHT_W*/8,  // bits of a weight, signed
    parameter integer ACC_W      = /*%ACC_W*/32,    // bits of the accumulator
    parameter integer MAC_STAGES = /*%MAC_STAGES*/0 // registers between multiplier and adder, 0..1
) (
    input  wire                clk_i,
    input  wire [  DATA_W-1:0] a_i,      // activation, from the west
//%if ROW_BROADCAST
    input  wire                last_n_i, // final beat, travels with a; inverted
    input  wire [WEIGHT_W-1:0] b_n_i,    // weight, from the north; inverted
    input  wire                hold_i,   // what the neighbours hold is a tap and stays there
    input  wire [WEIGHT_W-1:0] tap_n_i,  // the row's broadcast tap, inverted; all ones without
    input  wire                lastb_n_i, // the row's broadcast `last`, inverted
//%else
//%    input  wire                last_i,   // final beat, travels with a
//%    input  wire [WEIGHT_W-1:0] b_i,      // weight, from the north
//%end
    input  wire [   ACC_W-1:0] drain_i,  // the south neighbour's out
    output wire [  DATA_W-1:0] a_o,
//%if ROW_BROADCAST
    output wire                last_n_o,
    output wire [WEIGHT_W-1:0] b_n_o,
//%else
//%    output wire                last_o,
//%    output wire [WEIGHT_W-1:0] b_o,
//%end
    output wire [   ACC_W-1:0] out_o
);
  reg [DATA_W-1:0] a_q;
  reg [WEIGHT_W-1:0] b_q;
  reg [ACC_W-1:0] acc_q;
  reg [ACC_W-1:0] out_q;
  reg last_q;

  wire [ACC_W-1:0] base;  // what the product is added to
  wire [ACC_W-1:0] sum;
  wire acc_last;          // acc holds a finished sum

  rc_mac #(
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAC_STAGES(MAC_STAGES)
  ) u_mac (
      .clk_i(clk_i),
      .a_i(a_q),
      .w_i(b_q),
      .acc_i(base),
//%if ROW_BROADCAST
      .w_n_o(b_n_o),
//%end
      .sum_o(sum)
  );

  always @(posedge clk_i) begin
    a_q    <= a_i;
//%if ROW_BROADCAST
    b_q    <= ~((b_n_i | {WEIGHT_W{hold_i}}) & tap_n_i);
    last_q <= ~((last_n_i | hold_i) & lastb_n_i);
//%else
//%    b_q    <= b_i;
//%    last_q <= last_i;
//%end
    acc_q  <= MAC_STAGES == 0 ? sum & {ACC_W{~last_q}} : sum;
    out_q  <= (MAC_STAGES == 0 ? sum & {ACC_W{last_q}} : acc_q & {ACC_W{acc_last}}) | drain_i;
  end

  generate
    if (MAC_STAGES == 0) begin : gen_at_once
      assign base     = acc_q;
      assign acc_last = 1'b0;
    end else begin : gen_staged
      reg product_last_q;
      reg acc_last_q;
      always @(posedge clk_i) begin
        product_last_q <= last_q;
        acc_last_q     <= product_last_q;
      end
      assign base     = acc_last_q ? {ACC_W{1'b0}} : acc_q;
      assign acc_last = acc_last_q;
    end
  endgenerate

  assign a_o = a_q;
//%if ROW_BROADCAST
  assign last_n_o = ~last_q;
//%else
//%  assign b_o = b_q;
//%  assign last_o = last_q;
//%end
  assign out_o = out_q;
endmodule
