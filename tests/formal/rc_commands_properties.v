// rc_commands_properties: what is proved of rc_commands, for any commands, legal or not, offered, wanted and
// reset at any time, open or not.
//
// Q1  cmd_ready_o is high exactly when open_i is and not both places are taken: of the command that waits and
//     of the one behind it, be that one about to be dropped.
// Q2  cmd_error_o is high exactly two cycles after an illegal command was taken.
// Q3  valid_o is high exactly when a legal command taken has not left.
// Q4  What is on the outputs then is the oldest of them, as it came, but its pitch less its taps.
// Q5  busy_o is high exactly when a command taken has neither left nor been dropped.
module rc_commands_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer STAGES = 0,
    parameter integer MAX_K  = 2,
    parameter integer TAG_W  = 1,
    parameter integer ROW_W  = $clog2(ROWS + 2),
    parameter integer COL_W  = $clog2(COLS + 2),
    parameter integer BEAT_W = $clog2(MAX_K + 2)
) (
    input  wire              clk_i,
    input  wire              rst_i,
    input  wire              open_i,
    input  wire              cmd_valid_i,
    input  wire [ TAG_W-1:0] cmd_tag_i,
    input  wire [ TAG_W-1:0] cmd_count_i,
    input  wire [ ROW_W-1:0] cmd_rows_i,
    input  wire [BEAT_W-1:0] cmd_beats_i,
`ifdef ROW_BROADCAST
    input  wire              cmd_stream_i,
    input  wire              cmd_chain_i,
    input  wire [ COL_W-1:0] cmd_cols_i,
    input  wire [BEAT_W-1:0] cmd_taps_i,
    input  wire [BEAT_W-1:0] cmd_pitch_i,
    input  wire [BEAT_W-1:0] cmd_passes_i,
`endif
    input  wire              take_i,
    output wire [       5:1] violated_o
);
  localparam FIELDS = 2 * TAG_W + ROW_W + 4 * BEAT_W + COL_W + 2;
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

`ifndef ROW_BROADCAST
  wire cmd_stream_i = 0;
  wire cmd_chain_i = 0;
  wire [COL_W-1:0] cmd_cols_i = 0;
  wire [BEAT_W-1:0] cmd_taps_i = 0;
  wire [BEAT_W-1:0] cmd_pitch_i = 0;
  wire [BEAT_W-1:0] cmd_passes_i = 0;
  wire stream = 0;
  wire chain = 0;
  wire [COL_W-1:0] cols = 0;
  wire [BEAT_W-1:0] taps = 0;
  wire [BEAT_W-1:0] gap = 0;
  wire [BEAT_W-1:0] passes = 0;
`else
  wire stream, chain;
  wire [COL_W-1:0] cols;
  wire [BEAT_W-1:0] taps, gap, passes;
`endif
  wire ready, error, valid, busy;
  wire [TAG_W-1:0] tag, count;
  wire [ROW_W-1:0] rows;
  wire [BEAT_W-1:0] beats;

  rc_commands #(
      .ROWS(ROWS),
`ifdef ROW_BROADCAST
      .COLS(COLS),
`endif
      .MAX_K(MAX_K),
      .TAG_W(TAG_W)
  ) u_commands (
      .clk_i(clk_i),
      .rst_i(rst),
      .open_i(open_i),
      .cmd_valid_i(cmd_valid_i),
      .cmd_ready_o(ready),
      .cmd_tag_i(cmd_tag_i),
      .cmd_count_i(cmd_count_i),
      .cmd_rows_i(cmd_rows_i),
      .cmd_beats_i(cmd_beats_i),
`ifdef ROW_BROADCAST
      .cmd_stream_i(cmd_stream_i),
      .cmd_chain_i(cmd_chain_i),
      .cmd_cols_i(cmd_cols_i),
      .cmd_taps_i(cmd_taps_i),
      .cmd_pitch_i(cmd_pitch_i),
      .cmd_passes_i(cmd_passes_i),
      .stream_o(stream),
      .chain_o(chain),
      .cols_o(cols),
      .taps_o(taps),
      .gap_o(gap),
      .passes_o(passes),
`endif
      .cmd_error_o(error),
      .valid_o(valid),
      .take_i(take_i),
      .tag_o(tag),
      .count_o(count),
      .rows_o(rows),
      .beats_o(beats),
      .busy_o(busy)
  );

  // The rule, of the command offered.
  wire legal = cmd_count_i >= 1 && cmd_rows_i >= 1 && cmd_rows_i <= ROWS && cmd_beats_i >= 1
      && cmd_beats_i <= MAX_K && (!cmd_stream_i || (cmd_cols_i >= 1 && cmd_cols_i <= COLS
      && cmd_taps_i >= 1 && cmd_taps_i <= cmd_pitch_i && cmd_passes_i >= 1
      && (!cmd_chain_i || (cmd_passes_i == 1 && cmd_beats_i <= cmd_cols_i && cmd_rows_i <= cmd_cols_i))));

  // The legal ones that have not left, oldest first; and one that is about to be dropped.
  reg [1:0] legals_q;
  reg [FIELDS-1:0] first_q, second_q;
  reg dropped_q, error_q;
  wire taken = cmd_valid_i && ready;
  wire add = taken && legal;
  wire remove = take_i && legals_q != 0;
  wire [BEAT_W-1:0] cmd_gap = cmd_pitch_i - cmd_taps_i;
  wire [FIELDS-1:0] cmd = {cmd_tag_i, cmd_count_i, cmd_rows_i, cmd_beats_i, cmd_stream_i, cmd_chain_i,
                           cmd_cols_i, cmd_taps_i, cmd_gap, cmd_passes_i};
  always @(posedge clk_i) begin
    legals_q <= legals_q + {1'b0, add} - {1'b0, remove};
    if (remove) first_q <= legals_q == 2 ? second_q : cmd;
    else if (legals_q == 0) first_q <= cmd;
    if (add) second_q <= cmd;
    dropped_q <= taken && !legal;
    error_q   <= dropped_q;
    if (rst) begin
      legals_q  <= 0;
      dropped_q <= 0;
      error_q   <= 0;
    end
  end

  wire [5:1] holds;
  assign holds[1] = ready == (open_i && legals_q + dropped_q < 2);
  assign holds[2] = error == error_q;
  assign holds[3] = valid == (legals_q != 0);
  assign holds[4] = legals_q == 0
      || first_q == {tag, count, rows, beats, stream, chain, cols, taps, gap, passes};
  assign holds[5] = busy == (legals_q != 0 || dropped_q);
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
