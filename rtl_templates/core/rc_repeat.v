// rc_repeat: counts steps down to the last one, and then begins anew.
//
//     cycle      0      1      2      3      4      5
//     load_i     high                                    value_i = 2
//     step_i            high          high   high   high
//     last_o                   high   high          high
//
// Loading wins over stepping. Not reset: what it holds before the first load is undefined.
module rc_repeat #(
    parameter integer WIDTH = 8  // bits of a number of steps, from 1
) (
    input  wire             clk_i,
    input  wire             load_i,  // from the next cycle on, rounds of value_i steps
    input  wire [WIDTH-1:0] value_i, // from 1
    input  wire             step_i,  // one of them is done in this cycle
    output wire             last_o   // one is left of the round
);
  reg [WIDTH-1:0] value_q;
  wire [WIDTH-1:0] value = load_i ? value_i : value_q;
  always @(posedge clk_i) value_q <= value;

  rc_countdown #(
      .WIDTH(WIDTH)
  ) u_left (
      .clk_i(clk_i),
      .load_i(load_i || (step_i && last_o)),
      .value_i(value),
      .step_i(step_i),
      .last_o(last_o)
  );
endmodule
