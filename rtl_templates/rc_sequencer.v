// rc_sequencer: owns the WHEN. Takes step commands, decides in which cycle each beat enters, and
// knows when and for which step each result leaves. It can not be driven into a clash.
//
// A command is a run of cmd_count_i equal steps, tagged cmd_tag_i, cmd_tag_i + 1, ...
// A beat is taken in a cycle in which op_valid_i and op_ready_o are both high.
//
// OS: a step is a tile of cmd_beats_i beats on cmd_rows_i rows. A tile whose last beat is taken in
// cycle t sends row r of column 0 to the port at t + 2r + constant: every second cycle, so two
// tiles share the drain, one in the even and one in the odd cycles. Rule: the last beat waits until
// the lane of its cycle has passed all rows of the tile before. A missing beat is a bubble.
//
//     cycle          t   t+1  t+2  t+3  t+4
//     even lane     r0        r1        r2       tile ended at t
//     odd lane            r0        r1           tile ended at t+1
//
//%if ROW_BROADCAST
// ST-OS (cmd_stream_i): a step is a window of cmd_cols_i positions on each of cmd_rows_i rows, made
// in cmd_passes_i passes. A pass is cmd_cols_i - 1 lead samples, then cmd_beats_i samples of which
// those with (index mod cmd_pitch_i) < cmd_taps_i meet a tap (tap_ready_o). With cmd_chain_i all
// windows of the command share one continuous stream, one every cmd_cols_i cycles.
//
//     sample        s0   s1   s2   s3   s4        cols = 3, beats = taps = 3
//     tap                     w0   w1   w2        element c makes position 2-c
//     column ports                      r0   r1   from the last tap on, all columns at once
//
// op_valid_i at the first beat of a pass (with cmd_chain_i: of the command) promises the whole
// stream, samples and taps: dropping it before the end raises gap_error_o, and the missing beat
// counts as zeros. Rule: a final pass starts only when its capture falls after the last drained row
// of the window before; a stream starts only when no OS operand or result is left in the array.
//
//%end
// An illegal command (listed at `legal`) is taken, reported on cmd_error_o for one cycle, and dropped.
// After reset the array is washed: zeros until they have reached every register, one `last` wave
// that clears every accumulator, and time for its results to drain. Then cmd_ready_o rises.
//
//%if ROW_BROADCAST
// Latency: a beat taken at clock edge n is at the array's edge after n + STAGES and, being last,
// has its first result on the port of column 0, with valid_o, row_o, tag_o, after n + 1 + STAGES.
//%else
//%// Latency: a beat taken at clock edge n is at the array's edge after n and, being last, has its
//%// first result on the port of column 0, with valid_o, row_o, tag_o, after n + 1.
//%end
module rc_sequencer #(
    parameter ROWS   = /*%ROWS*/4,    // rows of the array, from 1
    parameter COLS   = /*%COLS*/4,    // columns of the array, from 1
    parameter BEAT_W = /*%BEAT_W*/13, // bits of a number of beats
    parameter TAG_W  = /*%TAG_W*/16,  // bits of a step's tag and of a number of steps
//%if ROW_BROADCAST
    parameter STAGES = /*%BROADCAST_STAGES*/0, // registers in the broadcast, from 0
    parameter COL_W  = $clog2(COLS + 2),  // bits of a number of columns
//%end
    parameter ROW_W  = $clog2(ROWS + 2)   // bits of a number of rows
) (
    input  wire              clk_i,
    input  wire              rst_i,         // synchronous, active high, at least one cycle
    // Step commands.
    input  wire              cmd_valid_i,
    output wire              cmd_ready_o,
    input  wire [ TAG_W-1:0] cmd_tag_i,     // tag of the first step
    input  wire [ TAG_W-1:0] cmd_count_i,   // steps, from 1
    input  wire [ ROW_W-1:0] cmd_rows_i,    // used rows, 1..ROWS; row 0 first
    input  wire [BEAT_W-1:0] cmd_beats_i,   // OS: length of the reduction, from 1
//%if ROW_BROADCAST
                                            // ST-OS: tap offsets of a pass, (lines - 1) * pitch + taps
    input  wire              cmd_stream_i,  // 0: OS tiles, 1: ST-OS windows; the rest is for ST-OS
    input  wire              cmd_chain_i,   // windows share one continuous stream
    input  wire [ COL_W-1:0] cmd_cols_i,    // positions of a window, 1..COLS
    input  wire [BEAT_W-1:0] cmd_taps_i,    // taps of a line, 1..cmd_pitch_i
    input  wire [BEAT_W-1:0] cmd_pitch_i,   // samples from a line to the next, from 1
    input  wire [BEAT_W-1:0] cmd_passes_i,  // passes of a window, from 1; with cmd_chain_i 1
//%end
    output wire              cmd_error_o,   // the command just taken was illegal and is dropped
    // Operand beats.
    input  wire              op_valid_i,
    output wire              op_ready_o,    // never depends on op_valid_i
//%if ROW_BROADCAST
    output wire              tap_ready_o,   // this beat takes a tap of every used row
    output wire              gap_error_o,   // op_valid_i fell inside a stream
//%end
    // To the edges, in the cycle the beat is taken.
    output wire [  ROWS-1:0] row_en_o,      // rows that take a sample or an activation
    output wire              col_en_o,      // columns take a weight
    output wire [ ROW_W-1:0] last_rows_o,   // rows whose OS tile ends; 0: none
//%if ROW_BROADCAST
    output wire              stream_o,      // a beat of this cycle is ST-OS
    output wire [  ROWS-1:0] tap_en_o,      // rows that take a tap
    output wire              lastb_o,       // the beat ends a window
//%end
    // Results, in step with the array's ports.
    output wire [  COLS-1:0] valid_o,       // the column's port holds a result
    output wire [ ROW_W-1:0] row_o,         // column 0: its row
    output wire [ TAG_W-1:0] tag_o,         // column 0: its step
    output wire              active_o,      // a step is being fed, or waits for its operands
    output wire              busy_o         // washing, a step is left, or a result is on its way
);
//%if ROW_BROADCAST
  localparam CMD_W = 2 * TAG_W + ROW_W + BEAT_W + COL_W + 3 * BEAT_W + 2;
  localparam EDGE = 1 + STAGES;  // clock edges from a handshake to the array's edge
//%else
//%  localparam CMD_W = 2 * TAG_W + ROW_W + BEAT_W;
//%  localparam EDGE = 1;  // clock edges from a handshake to the array's edge
//%end

  // From an OS tile's last beat until its last result has left and b is zero everywhere.
  localparam CLEAR = 2 * (ROWS - 1) + COLS;
  // Wash: zeros reach everything in ZEROS cycles, the clearing wave is gone after another WAVE.
  localparam ZEROS = EDGE + ROWS + COLS;
  localparam WAVE = EDGE + CLEAR + 1;
  localparam WASH = ZEROS + WAVE;
  localparam WASH_W = $clog2(WASH + 1);
//%if ROW_BROADCAST
  localparam CLEAR_W = $clog2(CLEAR + 1);
//%end

  localparam [BEAT_W-1:0] BEAT_0 = 0;
  localparam [BEAT_W-1:0] BEAT_1 = 1;
  localparam [TAG_W-1:0] TAG_1 = 1;
  localparam [ROW_W-1:0] ROW_0 = 0;
  localparam [ROW_W-1:0] ROW_1 = 1;

  // ---------------------------------------------------------------- wash
  reg [WASH_W-1:0] wash_q;
  wire washing = wash_q != {WASH_W{1'b0}};
  wire wash_wave = wash_q == WAVE[WASH_W-1:0];

  always @(posedge clk_i) begin
    if (rst_i) wash_q <= WASH[WASH_W-1:0];
    else if (washing) wash_q <= wash_q - {{(WASH_W - 1) {1'b0}}, 1'b1};
  end

  // ---------------------------------------------------------------- command queue
  // Two entries, so that neither ready depends on a valid and no cycle is lost between commands.
  // The head is the command being executed.
  reg [CMD_W-1:0] head_q;
  reg [CMD_W-1:0] next_q;
  reg head_valid_q;
  reg next_valid_q;
  wire cmd_end;

  wire [CMD_W-1:0] cmd = {
//%if ROW_BROADCAST
    cmd_chain_i, cmd_cols_i, cmd_taps_i, cmd_pitch_i, cmd_passes_i, cmd_stream_i,
//%end
    cmd_tag_i, cmd_count_i, cmd_rows_i, cmd_beats_i
  };

//%if ROW_BROADCAST
  localparam WIDE = (BEAT_W > COL_W ? BEAT_W : COL_W);
  wire [WIDE-1:0] cmd_cols_wide = {{(WIDE - COL_W) {1'b0}}, cmd_cols_i};
  wire [WIDE-1:0] cmd_beats_wide = {{(WIDE - BEAT_W) {1'b0}}, cmd_beats_i};
  wire [31:0] cmd_cols_32 = {{(32 - COL_W) {1'b0}}, cmd_cols_i};
  wire [31:0] cmd_rows_32 = {{(32 - ROW_W) {1'b0}}, cmd_rows_i};
  wire legal_chain = cmd_passes_i == BEAT_1 && cmd_cols_wide >= cmd_beats_wide
      && cmd_cols_32 >= cmd_rows_32;
  wire legal_stream = cmd_cols_i != {COL_W{1'b0}} && cmd_cols_i <= COLS[COL_W-1:0]
      && cmd_taps_i != BEAT_0 && cmd_taps_i <= cmd_pitch_i && cmd_passes_i != BEAT_0
      && (!cmd_chain_i || legal_chain);
//%end
  wire legal = cmd_count_i != {TAG_W{1'b0}} && cmd_beats_i != BEAT_0
      && cmd_rows_i != ROW_0 && cmd_rows_i <= ROWS[ROW_W-1:0]
//%if ROW_BROADCAST
      && (!cmd_stream_i || legal_stream)
//%end
      ;

  assign cmd_ready_o = !washing && !next_valid_q;
  assign cmd_error_o = cmd_valid_i && cmd_ready_o && !legal;
  wire cmd_take = cmd_valid_i && cmd_ready_o && legal;

  always @(posedge clk_i) begin
    if (!head_valid_q || cmd_end) head_q <= next_valid_q ? next_q : cmd;
    if (!next_valid_q) next_q <= cmd;
    if (rst_i) begin
      head_valid_q <= 1'b0;
      next_valid_q <= 1'b0;
    end else begin
      head_valid_q <= (head_valid_q && !cmd_end) || next_valid_q || cmd_take;
      next_valid_q <= head_valid_q && !cmd_end && (next_valid_q || cmd_take);
    end
  end

//%if ROW_BROADCAST
  wire chain, stream;
  wire [COL_W-1:0] cols;
  wire [BEAT_W-1:0] taps, pitch, passes;
//%end
  wire [TAG_W-1:0] tag, count;
  wire [ROW_W-1:0] rows;
  wire [BEAT_W-1:0] beats;
  assign {
//%if ROW_BROADCAST
    chain, cols, taps, pitch, passes, stream,
//%end
    tag, count, rows, beats
  } = head_q;
  assign active_o = head_valid_q;

  // ---------------------------------------------------------------- beats
  reg [TAG_W-1:0] step_q;   // steps of the command that have ended
  reg [BEAT_W-1:0] beat_q;  // OS: beats taken of the tile
//%if ROW_BROADCAST
                            // ST-OS: tap offset in the pass
//%end
  wire lane_busy;           // the lane of this cycle still has rows of an earlier step
  wire beat_is_last = beat_q + BEAT_1 == beats;
  wire take;                // a beat enters
  wire step_end;

  assign cmd_end = step_end && step_q + TAG_1 == count;

//%if ROW_BROADCAST
  reg [COL_W-1:0] lead_q;     // lead samples taken of the pass
  reg [BEAT_W-1:0] offset_q;  // sample's place in its line
  reg [BEAT_W-1:0] pass_q;    // passes of the window that have ended
  reg warm_q;                 // the window before left its samples in the array
  reg [CLEAR_W-1:0] clear_q;  // cycles until the last OS tile has left
  wire [ROW_W-1:0] lane_left; // rows that this cycle's lane still has to pass

  // Counters narrower than the sums below, brought to one width.
  localparam SUM_W = WIDE + ROW_W + 1;
  wire [SUM_W-1:0] cols_sum = {{(SUM_W - COL_W) {1'b0}}, cols};
  wire [SUM_W-1:0] beats_sum = {{(SUM_W - BEAT_W) {1'b0}}, beats};
  wire [SUM_W-1:0] lead_sum = {{(SUM_W - COL_W) {1'b0}}, lead_q};
  wire [SUM_W-1:0] left_sum = {{(SUM_W - ROW_W) {1'b0}}, lane_left};
  localparam [SUM_W-1:0] SUM_1 = 1;

  wire lead_done = lead_sum + (warm_q ? beats_sum : SUM_1) == cols_sum;
  wire tap_now = lead_done && offset_q < taps;
  wire pass_is_last = pass_q + BEAT_1 == passes;
  wire pass_end = lead_done && beat_is_last;
  wire at_start = !warm_q && lead_q == {COL_W{1'b0}} && beat_q == BEAT_0;
  wire start_ok = clear_q == {CLEAR_W{1'b0}}
      && (!pass_is_last || left_sum + SUM_1 + SUM_1 <= cols_sum + beats_sum);

  wire tile_ready = !stream && !(beat_is_last && lane_busy);
  wire stream_ready = stream && (!at_start || start_ok);
  assign op_ready_o = active_o && (tile_ready || stream_ready);
  assign tap_ready_o = op_ready_o && stream && tap_now;
  assign take = op_ready_o && (op_valid_i || (stream && !at_start));
  assign gap_error_o = take && !op_valid_i;
  wire end_tile = take && !stream && beat_is_last;
  wire end_window = take && stream && pass_end && pass_is_last;
  assign step_end = end_tile || end_window;

  always @(posedge clk_i) begin
    if (rst_i) begin
      step_q   <= {TAG_W{1'b0}};
      beat_q   <= BEAT_0;
      lead_q   <= {COL_W{1'b0}};
      offset_q <= BEAT_0;
      pass_q   <= BEAT_0;
      warm_q   <= 1'b0;
      clear_q  <= {CLEAR_W{1'b0}};
    end else begin
      if (step_end) step_q <= cmd_end ? {TAG_W{1'b0}} : step_q + TAG_1;
      if (take && !stream) clear_q <= CLEAR[CLEAR_W-1:0] - {{(CLEAR_W - 1) {1'b0}}, 1'b1};
      else if (clear_q != {CLEAR_W{1'b0}}) clear_q <= clear_q - {{(CLEAR_W - 1) {1'b0}}, 1'b1};
      if (take && !stream) beat_q <= beat_is_last ? BEAT_0 : beat_q + BEAT_1;
      if (take && stream) begin
        if (!lead_done) lead_q <= lead_q + {{(COL_W - 1) {1'b0}}, 1'b1};
        else if (!beat_is_last) begin
          beat_q   <= beat_q + BEAT_1;
          offset_q <= offset_q + BEAT_1 == pitch ? BEAT_0 : offset_q + BEAT_1;
        end else begin
          lead_q   <= {COL_W{1'b0}};
          beat_q   <= BEAT_0;
          offset_q <= BEAT_0;
          pass_q   <= pass_is_last ? BEAT_0 : pass_q + BEAT_1;
          warm_q   <= chain && !cmd_end;
        end
      end
    end
  end
//%else
//%  assign op_ready_o = active_o && !(beat_is_last && lane_busy);
//%  assign take = op_ready_o && op_valid_i;
//%  assign step_end = take && beat_is_last;
//%
//%  always @(posedge clk_i) begin
//%    if (rst_i) begin
//%      step_q <= {TAG_W{1'b0}};
//%      beat_q <= BEAT_0;
//%    end else begin
//%      if (step_end) step_q <= cmd_end ? {TAG_W{1'b0}} : step_q + TAG_1;
//%      if (take) beat_q <= beat_is_last ? BEAT_0 : beat_q + BEAT_1;
//%    end
//%  end
//%end

  // ---------------------------------------------------------------- to the edges
  genvar r;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : gen_row
      localparam [ROW_W-1:0] ROW = r;
      wire used = ROW < rows;
      assign row_en_o[r] = take && used;
//%if ROW_BROADCAST
      assign tap_en_o[r] = take && stream && tap_now && used;
//%end
    end
  endgenerate
//%if ROW_BROADCAST
  assign col_en_o = take && !stream;
  assign last_rows_o = wash_wave ? ROWS[ROW_W-1:0] : end_tile ? rows : ROW_0;
  // The skew is bypassed only when the last tile's operands have left it.
  assign stream_o = active_o && stream && clear_q == {CLEAR_W{1'b0}};
  assign lastb_o = end_window;
//%else
//%  assign col_en_o = take;
//%  assign last_rows_o = wash_wave ? ROWS[ROW_W-1:0] : step_end ? rows : ROW_0;
//%end

  // ---------------------------------------------------------------- results
  // Lane registers of this cycle and of the next; they swap every cycle, so each serves every second
  // one. `left` counts the rows that have not left yet.
  reg [ROW_W-1:0] left_q, left_swap_q;
  reg [ROW_W-1:0] lane_row_q, lane_row_swap_q;
  reg [TAG_W-1:0] lane_tag_q, lane_tag_swap_q;

  assign lane_busy = left_q != ROW_0;
  wire leaves = step_end || lane_busy;
  wire [ROW_W-1:0] leaves_row = step_end ? ROW_0 : lane_row_q;
  wire [TAG_W-1:0] leaves_tag = step_end ? tag + step_q : lane_tag_q;
  wire [ROW_W-1:0] left_d = (step_end ? rows : left_q) - {{(ROW_W - 1) {1'b0}}, leaves};

//%if ROW_BROADCAST
  // A window's rows leave in consecutive cycles, at all columns at once: one lane, no swap.
  reg drain_stream_q;
  wire leaves_stream = step_end ? stream : drain_stream_q;
  wire swap = !leaves_stream;
  assign lane_left = left_q;

  always @(posedge clk_i) begin
    if (rst_i) drain_stream_q <= 1'b0;
    else drain_stream_q <= leaves_stream;
  end
//%else
//%  wire swap = 1'b1;
//%end

  always @(posedge clk_i) begin
    left_swap_q     <= swap ? left_d : ROW_0;
    lane_row_swap_q <= leaves_row + ROW_1;
    lane_tag_swap_q <= leaves_tag;
    left_q          <= swap ? left_swap_q : left_d;
    lane_row_q      <= swap ? lane_row_swap_q : leaves_row + ROW_1;
    lane_tag_q      <= swap ? lane_tag_swap_q : leaves_tag;
    if (rst_i) begin
      left_q      <= ROW_0;
      left_swap_q <= ROW_0;
    end
  end

  // A sum is captured EDGE + 1 clock edges after its last beat was taken: bit i of a pipe is i + 1
  // edges late, and bits above EDGE follow an OS result along the columns.
  localparam PIPE = EDGE + COLS;
  reg [PIPE-1:0] tile_pipe_q;
//%if ROW_BROADCAST
  reg [EDGE:0] window_pipe_q;
  wire tile_leaves = leaves && !leaves_stream;
  wire window_leaves = leaves && leaves_stream;
  assign valid_o = tile_pipe_q[EDGE+:COLS] | {COLS{window_pipe_q[EDGE]}};
//%else
//%  wire tile_leaves = leaves;
//%  assign valid_o = tile_pipe_q[EDGE+:COLS];
//%end

  always @(posedge clk_i) begin
    if (rst_i) tile_pipe_q <= {PIPE{1'b0}};
    else tile_pipe_q <= {tile_pipe_q[PIPE-2:0], tile_leaves};
//%if ROW_BROADCAST
    if (rst_i) window_pipe_q <= {(EDGE + 1) {1'b0}};
    else window_pipe_q <= {window_pipe_q[EDGE-1:0], window_leaves};
//%end
  end

  rc_delay #(
      .WIDTH (ROW_W + TAG_W),
      .CYCLES(EDGE + 1)
  ) u_result (
      .clk_i(clk_i),
      .d_i  ({leaves_row, leaves_tag}),
      .q_o  ({row_o, tag_o})
  );

  assign busy_o = washing || head_valid_q || lane_busy || left_swap_q != ROW_0
//%if ROW_BROADCAST
      || clear_q != {CLEAR_W{1'b0}} || window_pipe_q != {(EDGE + 1) {1'b0}}
//%end
      || tile_pipe_q != {PIPE{1'b0}};
endmodule
