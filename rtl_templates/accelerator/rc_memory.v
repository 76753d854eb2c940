// rc_memory: N lanes of rc_ram side by side, each with an address of its own on both ports.
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
    output wire [        N*WIDTH-1:0] data_o           // of the last read of each lane
);
  localparam integer ADDRESS_W = $clog2(DEPTH);

  genvar i;
  generate
    for (i = 0; i < N; i = i + 1) begin : lane
      rc_ram #(
          .WIDTH(WIDTH),
          .DEPTH(DEPTH)
      ) u_ram (
          .clk_i(clk_i),
          .write_i(write_i[i]),
          .write_address_i(write_address_i[i*ADDRESS_W+:ADDRESS_W]),
          .data_i(data_i[i*WIDTH+:WIDTH]),
          .read_i(read_i[i]),
          .read_address_i(read_address_i[i*ADDRESS_W+:ADDRESS_W]),
          .data_o(data_o[i*WIDTH+:WIDTH])
      );
    end
  endgenerate
endmodule
