// rc_countdown: counts steps down to the last one.
//
//     cycle      0      1      2      3
//     load_i     high                           value_i = 3
//     step_i            high   high   high
//     last_o                          high      the third step would be the last
//
// Loading wins over stepping; a step behind the last one means nothing.
//
// Not reset: what it holds before the first load is undefined.
module rc_countdown #(
    parameter integer WIDTH = 8  // bits of a number of steps, from 1
) (
    input  wire             clk_i,
    input  wire             load_i,  // from the next cycle on, value_i steps are left
    input  wire [WIDTH-1:0] value_i, // from 1
    input  wire             step_i,  // one of them is done in this cycle
    output wire             last_o   // one is left
);
  localparam [WIDTH-1:0] ONE = 1;
  localparam [WIDTH:0] TWO = 2;

  reg [WIDTH-1:0] left_q;
  reg last_q;

  always @(posedge clk_i) begin
    if (load_i) begin
      left_q <= value_i;
      last_q <= value_i == ONE;
    end else if (step_i) begin
      left_q <= left_q - ONE;
      last_q <= {1'b0, left_q} == TWO;
    end
  end

  assign last_o = last_q;
endmodule
