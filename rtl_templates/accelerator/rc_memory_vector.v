// rc_memory: N lanes, each with an address of its own on both ports; what the structural view makes of
// rc_ram. Vector view: one array for all lanes, word by word of each address, for fast simulation.
module rc_memory #(
    parameter integer N     = /*%N*/4,      // lanes, from 1
    parameter integer WIDTH = 8,      // bits of a word, from 1
    parameter integer DEPTH = 1024    // words of a lane, from 2
) (
    input  wire                       clk_i,
    input  wire [              N-1:0] write_i,
    input  wire [N*$clog2(DEPTH)-1:0] write_address_i,
    input  wire [        N*WIDTH-1:0] data_i,
    input  wire [              N-1:0] read_i,
    input  wire [N*$clog2(DEPTH)-1:0] read_address_i,
    output reg  [        N*WIDTH-1:0] data_o           // of the last read of each lane
);
  localparam integer ADDRESS_W = $clog2(DEPTH);

  reg [WIDTH-1:0] words[0:N*DEPTH-1];

  // Reads come first, so they see what was there; blocking assignments keep the loops loops.
  integer i;
  always @(posedge clk_i) begin
    if (|read_i)
      for (i = 0; i < N; i = i + 1)
        if (read_i[i]) data_o[i*WIDTH+:WIDTH] <= words[read_address_i[i*ADDRESS_W+:ADDRESS_W] * N + i];
    if (|write_i)
      for (i = 0; i < N; i = i + 1)
        if (write_i[i]) words[write_address_i[i*ADDRESS_W+:ADDRESS_W] * N + i] = data_i[i*WIDTH+:WIDTH];
  end
endmodule
