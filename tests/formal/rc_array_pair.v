// rc_array_pair: both views of rc_array on the same edges.
//
//     a_i, last_i, b_i, the broadcast ──► wash ──┬──► rc_array_structural ──► structural_o
//                                                 └──► rc_array_vector ──────► vector_o
//
// The two modules are the emitted rc_array, renamed. No register of theirs is reset, so with WASH = 1
// they are washed first, as the sequencer does it: zeros on every edge until every a, b and last is zero,
// one wave of `last`, skewed by rows as that of any tile, zeros until its results have drained. From
// then on, washed_o, the edges are the inputs. With WASH = 0 they always are.
module rc_array_pair #(
    parameter integer ROWS     = 2,  // rows of elements, from 1
    parameter integer COLS     = 2,  // columns of elements, from 1
    parameter integer DATA_W   = 8,  // bits of an activation
    parameter integer WEIGHT_W = 8,  // bits of a weight
    parameter integer ACC_W    = 32, // bits of the accumulator
    parameter integer MAC_STAGES = 0, // registers between multiplier and adder
    parameter integer WASH     = 1   // 1: wash first; 0: never
) (
    input  wire                     clk_i,
    input  wire [  ROWS*DATA_W-1:0] a_i,
    input  wire [         ROWS-1:0] last_i,
    input  wire [COLS*WEIGHT_W-1:0] b_i,
`ifdef ROW_BROADCAST
    input  wire [         ROWS-1:0] hold_i,
    input  wire [ROWS*WEIGHT_W-1:0] tap_n_i,
    input  wire [         ROWS-1:0] lastb_n_i,
`endif
    output wire                     washed_o,
    output wire [   COLS*ACC_W-1:0] structural_o,
    output wire [   COLS*ACC_W-1:0] vector_o
);
  localparam SETTLED = ROWS > COLS ? ROWS : COLS;
  localparam WASHED = WASH ? SETTLED + COLS + 2 * ROWS + 2 * MAC_STAGES : 0;

  reg [31:0] cycle_q = 0;
  wire washed = cycle_q >= WASHED;
  wire [ROWS-1:0] first = 1;
  wire [ROWS-1:0] wave = first << (cycle_q - SETTLED);

  always @(posedge clk_i) if (!washed) cycle_q <= cycle_q + 1;
  assign washed_o = washed;

  wire [ROWS*DATA_W-1:0] a = a_i & {ROWS * DATA_W{washed}};
  wire [ROWS-1:0] last = washed ? last_i : wave;
  wire [COLS*WEIGHT_W-1:0] b = b_i & {COLS * WEIGHT_W{washed}};
`ifdef ROW_BROADCAST
  wire [ROWS-1:0] hold = hold_i & {ROWS{washed}};
  wire [ROWS*WEIGHT_W-1:0] tap_n = tap_n_i | {ROWS * WEIGHT_W{~washed}};
  wire [ROWS-1:0] lastb_n = lastb_n_i | {ROWS{~washed}};
`endif

  rc_array_structural #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAC_STAGES(MAC_STAGES)
  ) u_structural (
      .clk_i(clk_i),
      .a_i(a),
      .last_i(last),
      .b_i(b),
`ifdef ROW_BROADCAST
      .hold_i(hold),
      .tap_n_i(tap_n),
      .lastb_n_i(lastb_n),
`endif
      .out_o(structural_o)
  );

  rc_array_vector #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAC_STAGES(MAC_STAGES)
  ) u_vector (
      .clk_i(clk_i),
      .a_i(a),
      .last_i(last),
      .b_i(b),
`ifdef ROW_BROADCAST
      .hold_i(hold),
      .tap_n_i(tap_n),
      .lastb_n_i(lastb_n),
`endif
      .out_o(vector_o)
  );
endmodule
