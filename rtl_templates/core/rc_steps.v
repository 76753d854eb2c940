// rc_steps: the command being executed, step by step.
//
//     load_o ──► command in ──► step of tag, step of tag + 1, ... ──► count steps have ended: load_o
//
// A command that is there (valid_i) while load_o is high is executed from the next cycle on. Each
// step_end_i ends a step; the next one, of this command or of the one behind, begins in the next cycle,
// so none is lost between them. What this command's fields mean for its beats is kept by who feeds them:
// they take theirs with load_o too.
module rc_steps #(
    parameter integer ROWS  = /*%ROWS*/4,  // rows of the array, from 1
    parameter integer TAG_W = /*%TAG_W*/16 // bits of a step's tag and of a number of steps, from 1
) (
    input  wire                        clk_i,
    input  wire                        rst_i,
    // The command behind.
    output wire                        load_o,    // if there is one, it is taken; its fields, anyway
    input  wire                        valid_i,
    input  wire [           TAG_W-1:0] tag_i,     // of the first step
    input  wire [           TAG_W-1:0] count_i,   // steps, from 1
    input  wire [$clog2(ROWS + 2)-1:0] rows_i,
//%if ROW_BROADCAST
    input  wire                        stream_i,
//%end
    // The step.
    output wire                        active_o,  // there is one
    output wire [           TAG_W-1:0] tag_o,
    output wire [$clog2(ROWS + 2)-1:0] rows_o,
//%if ROW_BROADCAST
    output wire                        stream_o,
//%end
    input  wire                        step_end_i // it ends in this cycle; only while there is one
);
  localparam integer ROW_W = $clog2(ROWS + 2);
  localparam [TAG_W-1:0] ONE = 1;

  reg active_q;
  reg [TAG_W-1:0] tag_q;
  reg [ROW_W-1:0] rows_q;
//%if ROW_BROADCAST
  reg stream_q;
//%end

  wire last_step;
  rc_countdown #(
      .WIDTH(TAG_W)
  ) u_steps (
      .clk_i(clk_i),
      .load_i(load_o),
      .value_i(count_i),
      .step_i(step_end_i),
      .last_o(last_step)
  );
  assign load_o = !active_q || (step_end_i && last_step);

  always @(posedge clk_i) begin
    if (rst_i) active_q <= 1'b0;
    else if (load_o) active_q <= valid_i;
  end

  always @(posedge clk_i) begin
    if (load_o) begin
      tag_q    <= tag_i;
      rows_q   <= rows_i;
//%if ROW_BROADCAST
      stream_q <= stream_i;
//%end
    end else if (step_end_i) begin
      tag_q <= tag_q + ONE;
    end
  end

  assign active_o = active_q;
  assign tag_o = tag_q;
  assign rows_o = rows_q;
//%if ROW_BROADCAST
  assign stream_o = stream_q;
//%end
endmodule
