// rc_delay: a word, CYCLES clock edges later. CYCLES = 0 is a wire.
//
// Not reset: what it held before the first word is undefined.
module rc_delay #(
    parameter integer WIDTH  = 8, // bits of the word, from 1
    parameter integer CYCLES = 1  // clock edges from d_i to q_o, from 0
) (
    input  wire             clk_i,
    input  wire [WIDTH-1:0] d_i,
    output wire [WIDTH-1:0] q_o
);
  generate
    if (CYCLES == 0) begin : gen_wire
      wire unused_clk = clk_i;
      assign q_o = d_i;
    end else if (CYCLES == 1) begin : gen_register
      reg [WIDTH-1:0] word_q;
      always @(posedge clk_i) word_q <= d_i;
      assign q_o = word_q;
    end else begin : gen_line
      reg [CYCLES*WIDTH-1:0] line_q;
      always @(posedge clk_i) line_q <= {line_q[(CYCLES-1)*WIDTH-1:0], d_i};
      assign q_o = line_q[(CYCLES-1)*WIDTH+:WIDTH];
    end
  endgenerate
endmodule
