// rc_array: ROWS × COLS processing elements (vector view, for simulation only).
//
// Same module name, ports and cycle behaviour as the structural view. Each register of all elements
// is one memory, element (r,c) at r * COLS + c, and a cycle is a handful of ascending loops that a
// simulator's C++ compiler turns into vector instructions. Synthesise the structural view.
//
//     a_q, last_q, b_q     the elements' registers      a_d, last_d, b_d   what they hold next
//     acc_q, out_q         accumulators, drain; out_q has one row more, of zeros, south of the last
//
// Latency: as the structural view.
module rc_array #(
    parameter ROWS     = /*%ROWS*/4,     // rows of elements, from 1
    parameter COLS     = /*%COLS*/4,     // columns of elements, from 1
    parameter DATA_W   = /*%DATA_W*/8,   // bits of an activation, signed
    parameter WEIGHT_W = /*%WEIGHT_W*/8, // bits of a weight, signed
    parameter ACC_W    = /*%ACC_W*/32    // bits of the accumulator
) (
    input  wire                     clk_i,
    input  wire [  ROWS*DATA_W-1:0] a_i,
    input  wire [         ROWS-1:0] last_i,
    input  wire [COLS*WEIGHT_W-1:0] b_i,
//%if ROW_BROADCAST
    input  wire [         ROWS-1:0] hold_i,
    input  wire [ROWS*WEIGHT_W-1:0] tap_n_i,
    input  wire [         ROWS-1:0] lastb_n_i,
//%end
    output wire [   COLS*ACC_W-1:0] out_o
);
  localparam PES = ROWS * COLS;
  // A power of two, so that masking an index costs nothing.
  localparam SIZE = 1 << $clog2(PES + COLS);

  reg signed [DATA_W-1:0] a_q[0:SIZE-1];
  reg signed [DATA_W-1:0] a_d[0:SIZE-1];
  reg signed [WEIGHT_W-1:0] b_q[0:SIZE-1];
  reg signed [WEIGHT_W-1:0] b_d[0:SIZE-1];
  reg last_q[0:SIZE-1];
  reg last_d[0:SIZE-1];
  reg signed [ACC_W-1:0] acc_q[0:SIZE-1];
  reg signed [ACC_W-1:0] out_q[0:SIZE-1];

  task step;
    reg [31:0] i;  // unsigned: a signed index would not vectorise
    reg [31:0] r;
    reg [31:0] c;
    reg signed [ACC_W-1:0] sum;
    reg [ACC_W-1:0] mask;
//%if ROW_BROADCAST
    reg [WEIGHT_W-1:0] tap;
    reg [WEIGHT_W-1:0] pass;
    reg lastb;
//%end
    begin
      for (c = 0; c < COLS; c = c + 1) out_q[PES+c] = 0;
      for (r = 0; r < ROWS; r = r + 1) begin
        for (c = 0; c < COLS; c = c + 1) begin
          sum  = acc_q[r*COLS+c] + a_q[r*COLS+c] * b_q[r*COLS+c];
          mask = {ACC_W{last_q[r*COLS+c]}};
          acc_q[r*COLS+c] = sum & ~mask;
          out_q[r*COLS+c] = (sum & mask) | out_q[(r+1)*COLS+c];
        end
      end

      // East and south by one element; what this carries over a row's end, the edge overwrites, and
      // what it carries over the last element nobody reads.
      for (i = 0; i < PES; i = i + 1) a_d[i+1] = a_q[i];
      for (i = 0; i < PES; i = i + 1) last_d[i+1] = last_q[i];
      for (i = 0; i < PES; i = i + 1) b_d[i+COLS] = b_q[i];
      for (r = 0; r < ROWS; r = r + 1) a_d[r*COLS] = a_i[r*DATA_W+:DATA_W];
      for (r = 0; r < ROWS; r = r + 1) last_d[r*COLS] = last_i[r];
      for (c = 0; c < COLS; c = c + 1) b_d[c] = b_i[c*WEIGHT_W+:WEIGHT_W];
      for (i = 0; i < PES; i = i + 1) a_q[i] = a_d[i];
//%if ROW_BROADCAST
      for (r = 0; r < ROWS; r = r + 1) begin
        tap   = ~tap_n_i[r*WEIGHT_W+:WEIGHT_W];
        lastb = ~lastb_n_i[r];
        pass  = ~{WEIGHT_W{hold_i[r]}};
        for (c = 0; c < COLS; c = c + 1) b_q[r*COLS+c] = (b_d[r*COLS+c] & pass) | tap;
        for (c = 0; c < COLS; c = c + 1)
          last_q[r*COLS+c] = (last_d[r*COLS+c] & pass[0]) | lastb;
      end
      // Element (0,0) has no neighbours to keep their taps.
      b_q[0]    = b_d[0] | ~tap_n_i[0+:WEIGHT_W];
      last_q[0] = last_d[0] | ~lastb_n_i[0];
//%else
//%      for (i = 0; i < PES; i = i + 1) b_q[i] = b_d[i];
//%      for (i = 0; i < PES; i = i + 1) last_q[i] = last_d[i];
//%end
    end
  endtask

  always @(posedge clk_i) step;

  genvar g;
  generate
    for (g = 0; g < COLS; g = g + 1) begin : gen_col
      assign out_o[g*ACC_W+:ACC_W] = out_q[g];
    end
  endgenerate
endmodule
