// rc_gather_properties: what is proved of rc_gather, for beats that come at any time, runs of any length that
// begin anywhere in a beat, and lines that are taken at any time. A beat's data is its number.
//
// H1  A line is the next of its run: from the place at which that begins, beat by beat; what is left of a run's
//     last beat is dropped.
// H2  A line that is shown stays until it is taken.
// H3  Of beats no more than two lines, or two of them, are held; ready_o says when there is room, valid_o that a
//     line is whole.
module rc_gather_properties #(
    parameter integer AXI_DATA_W = 8,
    parameter integer LINE_W     = 4,
    parameter integer BOTH       = LINE_W > AXI_DATA_W ? LINE_W : AXI_DATA_W,
    parameter integer PARTS      = BOTH / AXI_DATA_W,
    parameter integer LINES      = BOTH / LINE_W,
    parameter integer AT_W       = LINES > 1 ? $clog2(LINES) : 1
) (
    input  wire            clk_i,
    input  wire            rst_i,
    input  wire            start_i,
    input  wire [AT_W-1:0] at_i,
    input  wire            valid_i,
    input  wire            take_i,
    input  wire            last_i,
    output wire [     3:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  localparam integer NUMBER_W = 3;   // of a beat's number, of which four are held at most, or twice PARTS
  localparam integer UNIT_W = LINE_W < AXI_DATA_W ? LINE_W : AXI_DATA_W;
  localparam integer UNITS = AXI_DATA_W / UNIT_W;   // parts of a beat that know where they are
  wire ready, valid;
  wire [LINE_W-1:0] line;
  wire [AXI_DATA_W-1:0] data;
  reg [NUMBER_W-1:0] come_q;                        // number of the beat that comes
  genvar i;
  generate
    for (i = 0; i < UNITS; i = i + 1) begin : unit
      wire [AT_W-1:0] place = i;
      assign data[i*UNIT_W+:UNIT_W] = {place, come_q};
    end
  endgenerate

  reg run_q;
  wire start = start_i && !run_q;
  wire take = take_i && run_q && valid;
  rc_gather #(
      .AXI_DATA_W(AXI_DATA_W),
      .LINE_W(LINE_W),
      .AT_W(AT_W)
  ) u_gather (
      .clk_i(clk_i),
      .rst_i(rst),
      .start_i(start),
      .at_i(at_i),
      .valid_i(valid_i),
      .ready_o(ready),
      .data_i(data),
      .valid_o(valid),
      .line_o(line),
      .take_i(take_i && run_q),
      .last_i(last_i)
  );

  // The next line, and what is there.
  reg [NUMBER_W-1:0] next_q;                        // number of its first beat
  reg [AT_W-1:0] at_q;
  reg [$clog2(2*PARTS+1)-1:0] held_q;               // beats
  wire beat = valid_i && ready;
  wire ends = take && (last_i || LINES == 1 || at_q == LINES - 1);
  wire whole = held_q >= PARTS;
  always @(posedge clk_i) begin
    if (rst) begin
      come_q <= 0;
      next_q <= 0;
      held_q <= 0;
      run_q <= 0;
    end else begin
      come_q <= come_q + beat;
      held_q <= held_q + beat - (ends ? PARTS : 0);
      if (ends) next_q <= next_q + PARTS;
      if (start) run_q <= 1;
      else if (take && last_i) run_q <= 0;
    end
    if (start) at_q <= LINES == 1 ? 0 : at_i;
    else if (take) at_q <= LINES == 1 ? 0 : at_q + 1;
  end
  wire [LINE_W-1:0] expected;
  generate
    if (PARTS > 1) begin : gen_parts
      for (i = 0; i < PARTS; i = i + 1) begin : part
        wire [NUMBER_W-1:0] number = next_q + i;
        wire [AT_W-1:0] place = 0;
        assign expected[i*AXI_DATA_W+:AXI_DATA_W] = {place, number};
      end
    end else begin : gen_whole
      assign expected = {at_q, next_q};
    end
  endgenerate

  reg shown_q = 0;
  reg [LINE_W-1:0] line_q;
  always @(posedge clk_i) begin
    shown_q <= run_q && valid && !take && !rst;
    line_q <= line;
  end
  assign violated_o[1] = started_q && run_q && valid && line != expected;
  assign violated_o[2] = started_q && shown_q && (!valid || line != line_q);
  assign violated_o[3] = started_q && (valid != whole || ready != (held_q < PARTS * 2) || held_q > PARTS * 2);
endmodule
