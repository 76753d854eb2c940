// rc_wash_properties: what is proved of rc_wash, for resets at any time.
//
// H1  washing_o is high exactly in the first ZEROS + WAVE cycles behind a reset.
// H2  wave_o is high exactly in cycle ZEROS of them.
module rc_wash_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer STAGES = 0,
    parameter integer ZEROS  = ROWS + 1,
    parameter integer WAVE   = COLS + 3
) (
    input  wire       clk_i,
    input  wire       rst_i,
    output wire [2:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  wire washing, wave;
  rc_wash #(
      .ZEROS(ZEROS),
      .WAVE (WAVE)
  ) u_wash (
      .clk_i(clk_i),
      .rst_i(rst),
      .washing_o(washing),
      .wave_o(wave)
  );

  reg [7:0] since_q;  // cycles since the reset, at most ZEROS + WAVE
  always @(posedge clk_i) since_q <= rst ? 0 : since_q < ZEROS + WAVE ? since_q + 1 : since_q;
  wire asked = started_q && !rst;
  assign violated_o = {asked && wave != (since_q == ZEROS), asked && washing != (since_q < ZEROS + WAVE)};
endmodule
