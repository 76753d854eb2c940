// rc_array_equivalence: what is proved of the two views of rc_array. Every input is free in every
// cycle, the broadcast and both `last` beside a and b too, so no mode of use is left out.
//
//     tied      every register a, b, last, acc and out of every element holds the same in both views
//     base      (WASH = 1, bounded) whatever the registers held at power-up, after the wash they are
//               tied, and still are in ROWS + COLS more cycles
//     step      (WASH = 0, induction) if they are tied in any state at all, reachable or not, they
//               are tied one cycle later
//
// Together: from the end of the wash on, forever, all registers and with them all outputs are equal.
// Induction needs the ties: of equal outputs alone follows nothing about the next cycle's.
//
// ties.vh declares tie_structural and tie_vector, all registers of a view as one bus, for ROWS × COLS
// elements. It is written by the test: Verilog has no loop over names in another module.
module rc_array_equivalence #(
    parameter ROWS     = 2,
    parameter COLS     = 2,
    parameter DATA_W   = 2,
    parameter WEIGHT_W = 2,
    parameter ACC_W    = 5,
    parameter WASH     = 1
) (
    input wire                     clk_i,
    input wire [  ROWS*DATA_W-1:0] a_i,
    input wire [         ROWS-1:0] last_i,
    input wire [COLS*WEIGHT_W-1:0] b_i
`ifdef ROW_BROADCAST
    ,
    input wire [         ROWS-1:0] hold_i,
    input wire [ROWS*WEIGHT_W-1:0] tap_n_i,
    input wire [         ROWS-1:0] lastb_n_i
`endif
);
  wire washed;
  wire [COLS*ACC_W-1:0] structural;
  wire [COLS*ACC_W-1:0] vector;

  rc_array_pair #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .WASH(WASH)
  ) u_pair (
      .clk_i(clk_i),
      .a_i(a_i),
      .last_i(last_i),
      .b_i(b_i),
`ifdef ROW_BROADCAST
      .hold_i(hold_i),
      .tap_n_i(tap_n_i),
      .lastb_n_i(lastb_n_i),
`endif
      .washed_o(washed),
      .structural_o(structural),
      .vector_o(vector)
  );

`include "ties.vh"

  always @* begin
    if (washed) begin
      assert (tie_structural == tie_vector);
      assert (structural == vector);
    end
  end
endmodule
