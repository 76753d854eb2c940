// rc_steps_properties: what is proved of rc_steps, for any commands, steps that end whenever there is one, and
// a reset at any time.
//
// N1  load_o is high exactly when no command is executed, or the last step of one ends.
// N2  active_o is high exactly from the cycle after a command was there with load_o high until count steps
//     have ended.
// N3  The step's tag is the command's plus the steps ended; rows and kind are the command's.
module rc_steps_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer STAGES = 0,
    parameter integer TAG_W  = 3,
    parameter integer ROW_W  = $clog2(ROWS + 2)
) (
    input  wire             clk_i,
    input  wire             rst_i,
    input  wire             valid_i,
    input  wire [TAG_W-1:0] tag_i,
    input  wire [TAG_W-1:0] count_i,
    input  wire [ROW_W-1:0] rows_i,
    input  wire             stream_i,
    input  wire             end_i,
    output wire [      3:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  reg active_q;
  reg [TAG_W-1:0] tag_q, count_q, ended_q;
  reg [ROW_W-1:0] rows_q;
  reg stream_q;
  wire step_end = end_i && active_q;
  wire valid = valid_i && count_i != 0;
  wire load, active;
  wire [TAG_W-1:0] tag;
  wire [ROW_W-1:0] rows;
`ifdef ROW_BROADCAST
  wire stream;
`else
  wire stream = stream_q;
`endif

  rc_steps #(
      .ROWS (ROWS),
      .TAG_W(TAG_W)
  ) u_steps (
      .clk_i(clk_i),
      .rst_i(rst),
      .load_o(load),
      .valid_i(valid),
      .tag_i(tag_i),
      .count_i(count_i),
      .rows_i(rows_i),
`ifdef ROW_BROADCAST
      .stream_i(stream_i),
      .stream_o(stream),
`endif
      .active_o(active),
      .tag_o(tag),
      .rows_o(rows),
      .step_end_i(step_end)
  );

  wire over = step_end && ended_q == count_q - 1;
  always @(posedge clk_i) begin
    if (step_end) ended_q <= ended_q + 1;
    if (over) active_q <= 0;
    if ((!active_q || over) && valid) begin
      active_q <= 1;
      ended_q  <= 0;
      {tag_q, count_q, rows_q, stream_q} <= {tag_i, count_i, rows_i, stream_i};
    end
    if (rst) active_q <= 0;
  end

  wire [3:1] holds;
  assign holds[1] = load == (!active_q || over);
  assign holds[2] = active == active_q;
  wire [TAG_W-1:0] expected = tag_q + ended_q;
  assign holds[3] = !active_q || (tag == expected && rows == rows_q && stream == stream_q);
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
