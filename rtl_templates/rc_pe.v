// rc_pe: one processing element of the output-stationary array.
//
//                 b_i      out_o
//                  │         ▲
//     a_i    ──► ┌─┴─────────┴─┐ ──► a_o
//     last_i ──► │  acc   out  │ ──► last_o
//                └─┬─────────▲─┘
//                  ▼         │
//                 b_o     drain_i (the south neighbour's out)
//
// Every cycle acc gains a_i * w. Zero is the bubble: an idle operand is zero, so nothing enables
// or qualifies the sum. `last` is the only control: it marks the final beat of a burst, hands the
// finished sum to the drain and clears acc for the next burst, which may start in the next cycle.
// The drain shifts upwards without an enable; an empty slot is zero, so a capture is an OR.
//
// Latency: a, b, last and a drained result take one cycle through the element.
// No register is reset: the sequencer washes the array after reset.
module rc_pe #(
    parameter DATA_W   = /*%DATA_W*/8,   // bits of an activation, signed
    parameter WEIGHT_W = /*%WEIGHT_W*/8, // bits of a weight, signed
    parameter ACC_W    = /*%ACC_W*/32    // bits of the accumulator
) (
    input  wire                clk_i,
    input  wire [  DATA_W-1:0] a_i,      // activation, from the west
    input  wire                last_i,   // final beat, travels with a
    input  wire [WEIGHT_W-1:0] b_i,      // weight, from the north
//%if ROW_BROADCAST
    input  wire [WEIGHT_W-1:0] tap_i,    // the row's broadcast tap; zero while b is in use
    input  wire                lastb_i,  // the row's broadcast `last`
//%end
    input  wire [   ACC_W-1:0] drain_i,  // the south neighbour's out
    output wire [  DATA_W-1:0] a_o,
    output wire                last_o,
    output wire [WEIGHT_W-1:0] b_o,
    output wire [   ACC_W-1:0] out_o
);
  reg [DATA_W-1:0] a_q;
  reg [WEIGHT_W-1:0] b_q;
  reg [ACC_W-1:0] acc_q;
  reg [ACC_W-1:0] out_q;
  reg last_q;

//%if ROW_BROADCAST
  // OR-merged: of b and the tap, and of the two `last`, the unused one is zero.
  wire [WEIGHT_W-1:0] w = b_i | tap_i;
  wire last = last_i | lastb_i;
//%else
//%  wire [WEIGHT_W-1:0] w = b_i;
//%  wire last = last_i;
//%end
  wire [ACC_W-1:0] sum;

  rc_mac #(
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W)
  ) u_mac (
      .a_i(a_i),
      .w_i(w),
      .acc_i(acc_q),
      .sum_o(sum)
  );

  always @(posedge clk_i) begin
    a_q    <= a_i;
    b_q    <= b_i;
    last_q <= last_i;
    acc_q  <= sum & {ACC_W{~last}};
    out_q  <= (sum & {ACC_W{last}}) | drain_i;
  end

  assign a_o    = a_q;
  assign b_o    = b_q;
  assign last_o = last_q;
  assign out_o  = out_q;
endmodule
