// rc_wash: cleans an array that has no reset.
//
//     cycle      0 .. ZEROS-1     ZEROS     ZEROS+1 .. ZEROS+WAVE-1     ZEROS+WAVE
//     washing_o  high             high      high                        low
//     wave_o                      high
//
// Cycle 0 is the first one without reset. Nothing is fed meanwhile: zeros reach every register of
// operands, then one wave of `last` in all rows clears every accumulator, and what that brings to the
// ports has left before washing_o falls.
module rc_wash #(
    parameter integer ZEROS = 10,  // cycles in which zeros reach every register, from 1
    parameter integer WAVE  = 13   // cycles from the wave until its last result has left, from 1
) (
    input  wire clk_i,
    input  wire rst_i,
    output wire washing_o,
    output wire wave_o     // `last` for all rows, in this cycle
);
  localparam integer WIDTH = $clog2(ZEROS + WAVE + 1);
  localparam [WIDTH-1:0] NONE = 0;
  localparam [WIDTH-1:0] ONE = 1;
  localparam [WIDTH-1:0] LEFT_AT_WAVE = WAVE[WIDTH-1:0];
  localparam [WIDTH-1:0] ALL = ZEROS[WIDTH-1:0] + WAVE[WIDTH-1:0];

  reg [WIDTH-1:0] left_q;  // cycles

  always @(posedge clk_i) begin
    if (rst_i) left_q <= ALL;
    else if (washing_o) left_q <= left_q - ONE;
  end

  assign washing_o = left_q != NONE;
  assign wave_o = left_q == LEFT_AT_WAVE;
endmodule
