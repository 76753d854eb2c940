// rc_sequencer_properties: what is proved of rc_sequencer, for any commands, legal or not, any
// stalls, and a reset at any time.
//
// S1   cmd_ready_o is high exactly when the wash, WASH cycles from a reset on, is over and not all three
//      places are taken: of the command executed, of one behind it, of one that has just come.
// S2   cmd_error_o is high exactly two cycles after an illegal command was taken.
// S3   active_o is high exactly when a command is executed, from the second cycle after it was taken on if
//      none is before it; op_ready_o only then. No command is lost or doubled: the reference's list of
//      them is fed by the handshakes alone.
// S4   tap_ready_o is high exactly when the beat asked for meets a tap.
// S5   A stream that has started is asked for in every cycle; gap_error_o is high exactly in the
//      cycle after one in which its beat was missing.
// S6   row_en_o, col_en_o and tap_en_o: the used rows, the columns of a tile's beat, the used rows of a
//      tap's, in the cycle of a beat that is not missing; zero in any other.
// S7   last_rows_o and lastb_o: the used rows with a tile's last beat, and with a window's; else zero.
// S8   No two steps want the same cycle of the drain's first port.
// S9   stream_o covers the used rows in every beat of a stream, and never rises before the last operand
//      of a tile has left the skew, nor a stream starts before its last result has left the array.
// S10  valid_o is high exactly where the schedule has a result: a tile's c cycles later in column c,
//      a window's at all columns at once; so nowhere while the array is washed.
// S11  row_o and tag_o are the scheduled ones whenever column 0 has a result, so tags come in order.
// S12  A beat is asked for after at most WAIT cycles in which a command is there and none is.
// S13  busy_o is low only if no command is unfinished and no result scheduled or in the columns; idle for
//      IDLE cycles, it is low.
// S14  window_o is high exactly when results of a window are on the ports, and then none of a tile is.
//
// From S12, S6 and S7 follows that each accepted step ends if beats are offered again and again: a
// step has finitely many, each is asked for after finitely many cycles, and the last one ends it.
// That neither ready depends on a valid is read off the netlist by the test.
module rc_sequencer_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer MAX_K  = 3,
    parameter integer TAG_W  = 2,
    parameter integer STAGES = 0,
    parameter integer MAC_STAGES = 0,
    parameter integer COL_W  = $clog2(COLS + 2),
    parameter integer ROW_W  = $clog2(ROWS + 2),
    parameter integer BEAT_W = $clog2(MAX_K + 2)
) (
    input  wire              clk_i,
    input  wire              rst_i,
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
    input  wire              op_valid_i,
    output wire [      14:1] violated_o,
    output wire [      10:1] reached_o
);
  localparam EDGE = 2 + STAGES;
  localparam LATE = EDGE + 1 + 2 * MAC_STAGES;
  localparam CLEAR = 2 * (ROWS - 1) + COLS;
  localparam WASH = EDGE + ROWS + COLS + LATE + CLEAR;
  localparam WAIT = CLEAR - 1;
  localparam IDLE = LATE + COLS - 1 > CLEAR ? LATE + COLS - 1 : CLEAR;

  // The first cycle is one of reset; registers wake up with anything.
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
  wire tap_ready = 0;
  wire gap_error = 0;
  wire window = 0;
  wire [ROWS-1:0] stream = 0;
  wire [ROWS-1:0] tap_en = 0;
  wire [ROWS-1:0] lastb = 0;
`else
  wire tap_ready, gap_error, window;
  wire [ROWS-1:0] stream, tap_en, lastb;
`endif
  wire cmd_ready, cmd_error, op_ready, col_en, active, busy;
  wire [ROWS-1:0] row_en;
  wire [ROW_W-1:0] last_rows, row;
  wire [COLS-1:0] valid;
  wire [TAG_W-1:0] tag;

  rc_sequencer #(
      .MAC_STAGES(MAC_STAGES),
      .ROWS(ROWS),
      .COLS(COLS),
      .MAX_K(MAX_K),
`ifdef ROW_BROADCAST
      .STAGES(STAGES),
`endif
      .TAG_W(TAG_W)
  ) u_sequencer (
      .clk_i(clk_i),
      .rst_i(rst),
      .cmd_valid_i(cmd_valid_i),
      .cmd_ready_o(cmd_ready),
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
      .tap_ready_o(tap_ready),
      .gap_error_o(gap_error),
      .stream_o(stream),
      .tap_en_o(tap_en),
      .lastb_o(lastb),
      .window_o(window),
`endif
      .cmd_error_o(cmd_error),
      .op_valid_i(op_valid_i),
      .op_ready_o(op_ready),
      .row_en_o(row_en),
      .col_en_o(col_en),
      .last_rows_o(last_rows),
      .valid_o(valid),
      .row_o(row),
      .tag_o(tag),
      .active_o(active),
      .busy_o(busy)
  );

  wire checked, refused, ref_stream, chained, inside, ref_tap, step_end, claimed, empty;
  wire [1:0] commands;
  wire [ROW_W-1:0] rows;
  wire result, result_stream;
  wire [ROW_W-1:0] result_row;
  wire [TAG_W-1:0] result_tag;
  wire beat = op_ready && (op_valid_i || inside);

  rc_step_reference #(
      .ROWS(ROWS),
      .COLS(COLS),
      .MAX_K(MAX_K),
      .TAG_W(TAG_W)
  ) u_reference (
      .clk_i(clk_i),
      .rst_i(rst),
      .cmd_take_i(cmd_valid_i && cmd_ready),
      .cmd_tag_i(cmd_tag_i),
      .cmd_count_i(cmd_count_i),
      .cmd_rows_i(cmd_rows_i),
      .cmd_beats_i(cmd_beats_i),
      .cmd_stream_i(cmd_stream_i),
      .cmd_chain_i(cmd_chain_i),
      .cmd_cols_i(cmd_cols_i),
      .cmd_taps_i(cmd_taps_i),
      .cmd_pitch_i(cmd_pitch_i),
      .cmd_passes_i(cmd_passes_i),
      .beat_i(beat),
      .checked_o(checked),
      .refused_o(refused),
      .commands_o(commands),
      .stream_o(ref_stream),
      .chained_o(chained),
      .rows_o(rows),
      .cols_o(),
      .tag_o(),
      .inside_o(inside),
      .tap_o(ref_tap),
      .end_o(step_end),
      .claimed_o(claimed),
      .result_o(result),
      .result_stream_o(result_stream),
      .result_row_o(result_row),
      .result_tag_o(result_tag),
      .result_cols_o(),
      .empty_o(empty)
  );

  // ---------------------------------------------------------------- counters of the past
  reg [7:0] wash_q;        // cycles of the wash left
  reg [7:0] since_tile_q;  // cycles since a beat of a tile, at most CLEAR
  reg [7:0] waited_q;      // cycles in which no beat was asked for
  reg gap_q;               // a beat of a stream was missing
  reg [7:0] idle_q;        // cycles without a command and a result to leave, at most IDLE
  always @(posedge clk_i) begin
    if (wash_q != 0) wash_q <= wash_q - 1;
    since_tile_q <= beat && !ref_stream ? 1 : since_tile_q < CLEAR ? since_tile_q + 1 : CLEAR;
    gap_q        <= inside && !op_valid_i;
    waited_q     <= commands != 0 && !op_ready ? waited_q + 1 : 0;
    idle_q       <= commands != 0 || checked || !empty ? 0 : idle_q < IDLE ? idle_q + 1 : IDLE;
    if (rst) begin
      wash_q       <= WASH;
      since_tile_q <= CLEAR;
      gap_q        <= 0;
      waited_q     <= 0;
      idle_q       <= 0;
    end
  end
  wire washing = wash_q != 0;

  // What is scheduled in a cycle is on column 0 LATE edges later, and c more on column c for a tile.
  reg [(LATE+COLS)-1:0] tiles_q, windows_q;
  reg [LATE*(ROW_W+TAG_W)-1:0] names_q;
  wire [ROW_W-1:0] late_row;
  wire [TAG_W-1:0] late_tag;
  assign {late_row, late_tag} = names_q[(LATE-1)*(ROW_W+TAG_W)+:ROW_W+TAG_W];
  always @(posedge clk_i) begin
    tiles_q   <= {tiles_q, result && !result_stream};
    windows_q <= {windows_q, result && result_stream};
    names_q   <= {names_q, result_row, result_tag};
    if (rst) begin
      tiles_q   <= 0;
      windows_q <= 0;
    end
  end
  wire [COLS-1:0] expected = tiles_q[LATE-1+:COLS] | {COLS{windows_q[LATE-1]}};
  wire pending = tiles_q[LATE+COLS-2:0] != 0 || windows_q[LATE-1:0] != 0;
  wire [ROWS-1:0] used = (1 << rows) - 1;
  wire start = beat && ref_stream && !inside;

  // ---------------------------------------------------------------- properties
  wire [14:1] holds;
  assign holds[1] = cmd_ready == (!washing && !(checked && commands == 2));
  assign holds[2] = cmd_error == refused;
  assign holds[3] = active == (commands != 0) && (active || !op_ready);
  assign holds[4] = tap_ready == (op_ready && ref_tap);
  assign holds[5] = (!inside || op_ready) && gap_error == gap_q;
  assign holds[6] = row_en == (beat && op_valid_i ? used : 0) && col_en == (beat && !ref_stream)
      && tap_en == (beat && op_valid_i && ref_tap ? used : 0);
  assign holds[7] = washing || (last_rows == (step_end && !ref_stream ? rows : 0)
                                && lastb == (step_end && ref_stream ? used : 0));
  assign holds[8] = !claimed;
  assign holds[9] = (!(beat && ref_stream) || stream == used) && (stream == 0 || since_tile_q >= ROWS)
      && (!start || since_tile_q >= CLEAR);
  assign holds[10] = valid == expected;
  assign holds[11] = washing || !expected[0] || (row == late_row && tag == late_tag);
  assign holds[12] = waited_q <= WAIT;
  assign holds[13] = (busy || (commands == 0 && !checked && empty && !pending && !washing))
      && (!busy || washing || commands != 0 || checked || !empty || idle_q < IDLE);
  assign holds[14] = window == windows_q[LATE-1] && (!window || tiles_q[LATE-1+:COLS] == 0);
  assign violated_o = started_q && !rst ? ~holds : 0;

  // ---------------------------------------------------------------- situations
  reg [1:0] ended_q;      // a tile of all rows, a window of all rows ended in the cycle before
  reg tile_wait_q;        // a tile's last beat was held back in the cycle before
  always @(posedge clk_i) begin
    ended_q     <= {step_end && ref_stream && rows == ROWS, step_end && !ref_stream && rows == ROWS};
    tile_wait_q <= commands != 0 && !ref_stream && !op_ready;
  end
  wire wait_now = !washing && commands != 0 && !op_ready;
  wire [10:1] reached;
  assign reached[1] = ended_q[0] && step_end && !ref_stream && rows == ROWS;  // both lanes busy
  assign reached[2] = wait_now && !ref_stream && since_tile_q == 1;  // a tile waits for its lane
  assign reached[3] = step_end && chained;                           // the second window of a stream
  assign reached[4] = gap_error;
  assign reached[5] = wait_now && ref_stream && since_tile_q < CLEAR;  // a stream waits for tiles
  assign reached[6] = start && since_tile_q == CLEAR && waited_q == CLEAR - 1;  // and starts at once
  assign reached[7] = ended_q[1] && wait_now && !ref_stream;  // a tile right after a window waits
  assign reached[8] = ended_q[1] && beat && !ref_stream;      // and enters
  assign reached[9] = commands == 2 && checked && op_ready;   // all places are taken
  assign reached[10] = wait_now && ref_stream && since_tile_q == CLEAR;  // a window waits for rows before
  assign reached_o = started_q && !rst ? reached : 0;
endmodule
