// rc_gather: from beats to lines, two of the wider one deep, in both directions at full speed. A beat brings
// a part of a line, one line, or several.
module rc_gather #(
    parameter integer AXI_DATA_W = /*%AXI_DATA_W*/128,
    parameter integer LINE_W     = /*%LINE_W*/64,     // bits of a line, a power of two from 64
    parameter integer AT_W       = /*%AT_W*/1       // bits of a line's place in a beat; 1 where there is but one
) (
    input  wire                  clk_i,
    input  wire                  rst_i,
    input  wire                  start_i,  // the next line begins a run: where it lies in its beat
    input  wire [      AT_W-1:0] at_i,
    input  wire                  valid_i,
    output wire                  ready_o,
    input  wire [AXI_DATA_W-1:0] data_i,
    output wire                  valid_o,
    output wire [    LINE_W-1:0] line_o,
    input  wire                  take_i,
    input  wire                  last_i    // with take_i: what is left of the beat is dropped
);
  localparam integer BOTH = LINE_W > AXI_DATA_W ? LINE_W : AXI_DATA_W;
  localparam integer PARTS = BOTH / AXI_DATA_W;   // beats of a line
  localparam integer LINES = BOTH / LINE_W;       // lines of a beat
  localparam integer PART_W = PARTS > 1 ? $clog2(PARTS) : 1;

  generate
    if (AT_W != (LINES > 1 ? $clog2(LINES) : 1)) begin : gen_bad_at_w
      AT_W_must_be_log2_of_lines_of_a_beat u_error ();
    end
  endgenerate

  reg [BOTH-1:0] data_q[0:1];
  reg [1:0] full_q;      // bits of data_q that are whole
  reg fill_q, show_q;    // which is filled, and which is shown
  reg [PART_W-1:0] part_q;
  reg [AT_W-1:0] at_q;
  wire last_part, last_line;
  wire beat = valid_i && ready_o;
  wire fills = beat && last_part;
  wire take = take_i && valid_o;
  wire empties = take && (last_i || last_line);
  assign ready_o = !full_q[fill_q];
  assign valid_o = full_q[show_q];

  always @(posedge clk_i)
    if (rst_i) begin
      full_q <= 2'b00;
      fill_q <= 1'b0;
      show_q <= 1'b0;
    end else begin
      full_q <= (full_q | (fills ? 2'b01 << fill_q : 2'b00)) & ~(empties ? 2'b01 << show_q : 2'b00);
      if (fills) fill_q <= !fill_q;
      if (empties) show_q <= !show_q;
    end

  wire [BOTH-1:0] shown = data_q[show_q];
  generate
    if (PARTS > 1) begin : gen_parts
      localparam [PART_W-1:0] LAST = PARTS[PART_W-1:0] - 1'b1;
      assign last_part = part_q == LAST;
      always @(posedge clk_i)
        if (rst_i) part_q <= {PART_W{1'b0}};
        else if (beat) part_q <= part_q + 1'b1;
      always @(posedge clk_i) if (beat) data_q[fill_q] <= {data_i, data_q[fill_q][BOTH-1:AXI_DATA_W]};
    end else begin : gen_whole
      assign last_part = 1'b1;
      always @(posedge clk_i) part_q <= {PART_W{1'b0}};
      wire unused_part = &{1'b0, part_q};
      always @(posedge clk_i) if (beat) data_q[fill_q] <= data_i;
    end
    if (LINES > 1) begin : gen_lines
      assign last_line = &at_q;
      assign line_o = shown[at_q*LINE_W+:LINE_W];
      always @(posedge clk_i)
        if (start_i) at_q <= at_i;
        else if (take) at_q <= at_q + 1'b1;
    end else begin : gen_line
      assign last_line = 1'b1;
      assign line_o = shown;
      always @(posedge clk_i) at_q <= at_i;
      wire unused_at = &{1'b0, at_q, start_i};
    end
  endgenerate
endmodule
