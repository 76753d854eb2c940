// rc_squeeze: brings the pixels that a window keeps to their lanes: lane l takes the word of any one
// column.
module rc_squeeze #(
    parameter integer N     = /*%N*/4,  // lanes and columns, from 2
    parameter integer WIDTH = 8   // bits of a word
) (
    input  wire [        N*WIDTH-1:0] data_i,
    input  wire [N*$clog2(N)-1:0] select_i,   // of each lane, its column
    output wire [        N*WIDTH-1:0] data_o
);
  localparam integer LANE_W = $clog2(N);

  genvar i;
  generate
    for (i = 0; i < N; i = i + 1) begin : lane
      wire [LANE_W-1:0] column = select_i[i*LANE_W+:LANE_W];
      assign data_o[i*WIDTH+:WIDTH] = data_i[column*WIDTH+:WIDTH];
    end
  endgenerate
endmodule
