// rc_ram: one lane of a memory, one write and one read port; the place for a foundry's macro.
//
// A read gives its word from the next cycle on, until the next one. Written and read at one edge, a word
// is what it was before. Contents are unknown until written.
module rc_ram #(
    parameter integer WIDTH = 8,     // bits of a word, from 1
    parameter integer DEPTH = 1024   // words, from 2
) (
    input  wire                     clk_i,
    input  wire                     write_i,
    input  wire [$clog2(DEPTH)-1:0] write_address_i,  // below DEPTH
    input  wire [        WIDTH-1:0] data_i,
    input  wire                     read_i,
    input  wire [$clog2(DEPTH)-1:0] read_address_i,   // below DEPTH
    output reg  [        WIDTH-1:0] data_o
);
  reg [WIDTH-1:0] words[0:DEPTH-1];

  always @(posedge clk_i) begin
    if (write_i) words[write_address_i] <= data_i;
    if (read_i) data_o <= words[read_address_i];
  end
endmodule
