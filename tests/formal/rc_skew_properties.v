// rc_skew_properties: what is proved of rc_skew, for any inputs, L = 1 + STAGES.
//
// K1  a_o of row r is the operand of L + r cycles ago if the row was enabled then, else zero;
//     where stream_i was high L cycles ago (row 0: always), the operand of L cycles ago.
// K2  b_o of column c is the operand of L + c cycles ago if the columns were enabled then, else zero.
// K3  last_o of row r is high exactly if L + r cycles ago a tile of more than r rows ended.
// K4  tap_n_o of a row is the inverted tap of L cycles ago if the row took one then, else all ones.
// K5  lastb_n_o of a row is low exactly if its lastb_i was high L cycles ago.
// K6  hold_o of a row is high exactly in the cycle after one in which row 0, which takes part in every window,
//     was due a tap, or the row a broadcast `last`.
//
// The past is a list of inputs as they were: no register says what was enabled before the first
// cycle, so the properties are asked for once the list is full.
module rc_skew_properties #(
    parameter integer ROWS     = 2,
    parameter integer COLS     = 2,
    parameter integer DATA_W   = 2,
    parameter integer WEIGHT_W = 2,
    parameter integer STAGES   = 0,
    parameter integer ROW_W    = $clog2(ROWS + 2)
) (
    input  wire                     clk_i,
    input  wire [         ROWS-1:0] row_en_i,
    input  wire                     col_en_i,
    input  wire [        ROW_W-1:0] last_rows_i,
    input  wire [  ROWS*DATA_W-1:0] a_i,
    input  wire [COLS*WEIGHT_W-1:0] b_i,
`ifdef ROW_BROADCAST
    input  wire [         ROWS-1:0] stream_i,
    input  wire [         ROWS-1:0] tap_en_i,
    input  wire [         ROWS-1:0] lastb_i,
    input  wire [ROWS*WEIGHT_W-1:0] tap_i,
`endif
    output wire [              6:1] violated_o
);
`ifndef ROW_BROADCAST
  wire [ROWS-1:0] stream_i = 0;
  wire [ROWS-1:0] tap_en_i = 0;
  wire [ROWS-1:0] lastb_i = 0;
  wire [ROWS*WEIGHT_W-1:0] tap_i = 0;
  wire [ROWS-1:0] hold = 0;
  wire [ROWS*WEIGHT_W-1:0] tap_n = {ROWS * WEIGHT_W{1'b1}};
  wire [ROWS-1:0] lastb_n = {ROWS{1'b1}};
`else
  wire [ROWS-1:0] hold, lastb_n;
  wire [ROWS*WEIGHT_W-1:0] tap_n;
`endif
  wire [ROWS*DATA_W-1:0] a;
  wire [ROWS-1:0] last;
  wire [COLS*WEIGHT_W-1:0] b;

  rc_skew #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
`ifdef ROW_BROADCAST
      .STAGES(STAGES),
`endif
      .WEIGHT_W(WEIGHT_W)
  ) u_skew (
      .clk_i(clk_i),
      .row_en_i(row_en_i),
      .col_en_i(col_en_i),
      .last_rows_i(last_rows_i),
      .a_i(a_i),
      .b_i(b_i),
`ifdef ROW_BROADCAST
      .stream_i(stream_i),
      .tap_en_i(tap_en_i),
      .lastb_i(lastb_i),
      .tap_i(tap_i),
      .hold_o(hold),
      .tap_n_o(tap_n),
      .lastb_n_o(lastb_n),
`endif
      .a_o(a),
      .last_o(last),
      .b_o(b)
  );

  localparam L = 1 + STAGES;
  localparam PAST = L + ROWS + COLS;
  localparam WIDTH = 4 * ROWS + 1 + ROW_W + ROWS * (DATA_W + WEIGHT_W) + COLS * WEIGHT_W;
  reg [PAST*WIDTH-1:0] past_q;  // lane i: the inputs of i + 1 cycles ago
  reg [7:0] full_q = 0;
  always @(posedge clk_i) begin
    past_q <= {past_q, row_en_i, stream_i, tap_en_i, col_en_i, lastb_i, last_rows_i, a_i, tap_i, b_i};
    if (full_q != PAST) full_q <= full_q + 1;
  end

  reg [6:1] holds;
  reg [ROWS-1:0] row_en, stream, tap_en, stream_then, lastb;
  reg col_en;
  reg [ROW_W-1:0] last_rows;
  reg [ROWS*DATA_W-1:0] a_then;
  reg [ROWS*WEIGHT_W-1:0] tap;
  reg [COLS*WEIGHT_W-1:0] b_then;
  integer i;
  always @* begin
    holds = 6'h3f;
    {row_en, stream_then, tap_en, col_en, lastb, last_rows, a_then, tap, b_then} =
        past_q[(L-1)*WIDTH+:WIDTH];
    for (i = 0; i < ROWS; i = i + 1) begin
      {row_en, stream, tap_en, col_en, lastb, last_rows, a_then, tap, b_then} =
          past_q[(L-1)*WIDTH+:WIDTH];
      if (tap_n[i*WEIGHT_W+:WEIGHT_W] != (tap_en[i] ? ~tap[i*WEIGHT_W+:WEIGHT_W] : {WEIGHT_W{1'b1}}))
        holds[4] = 0;
      if (lastb_n[i] != !lastb[i]) holds[5] = 0;
      if (!stream_then[i])
        {row_en, stream, tap_en, col_en, lastb, last_rows, a_then, tap, b_then} =
            past_q[(L-1+i)*WIDTH+:WIDTH];
      if (a[i*DATA_W+:DATA_W] != (row_en[i] ? a_then[i*DATA_W+:DATA_W] : {DATA_W{1'b0}})) holds[1] = 0;
      {row_en, stream, tap_en, col_en, lastb, last_rows, a_then, tap, b_then} =
          past_q[(L-1+i)*WIDTH+:WIDTH];
      if (last[i] != last_rows > i) holds[3] = 0;
    end
    for (i = 0; i < COLS; i = i + 1) begin
      {row_en, stream, tap_en, col_en, lastb, last_rows, a_then, tap, b_then} =
          past_q[(L-1+i)*WIDTH+:WIDTH];
      if (b[i*WEIGHT_W+:WEIGHT_W] != (col_en ? b_then[i*WEIGHT_W+:WEIGHT_W] : {WEIGHT_W{1'b0}}))
        holds[2] = 0;
    end
    {row_en, stream, tap_en, col_en, lastb, last_rows, a_then, tap, b_then} = past_q[L*WIDTH+:WIDTH];
    if (hold != ({ROWS{tap_en[0]}} | lastb)) holds[6] = 0;
  end
  assign violated_o = full_q == PAST ? ~holds : 0;
endmodule
