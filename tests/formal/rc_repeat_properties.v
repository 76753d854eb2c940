// rc_repeat_properties: what is proved of rc_repeat, for any loads and steps.
//
// B1  last_o is high exactly when one of the steps of a round is left, in one round of value_i steps behind
//     the other.
module rc_repeat_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer STAGES = 0,
    parameter integer WIDTH  = ROWS + 1
) (
    input  wire             clk_i,
    input  wire             load_i,
    input  wire [WIDTH-1:0] value_i,
    input  wire             step_i,
    output wire [      1:1] violated_o
);
  wire last;
  rc_repeat #(
      .WIDTH(WIDTH)
  ) u_repeat (
      .clk_i(clk_i),
      .load_i(load_i),
      .value_i(value_i),
      .step_i(step_i),
      .last_o(last)
  );

  reg [WIDTH-1:0] value_q, done_q;
  reg known_q = 0;
  wire expected = done_q == value_q - 1;
  always @(posedge clk_i) begin
    if (step_i) done_q <= expected ? 0 : done_q + 1;
    if (load_i) begin
      value_q <= value_i;
      done_q  <= 0;
      known_q <= value_i != 0;
    end
  end
  assign violated_o = known_q && last != expected;
endmodule
