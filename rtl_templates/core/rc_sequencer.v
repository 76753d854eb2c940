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
// Latency: a beat taken at clock edge n is in the first element after n + 1 + STAGES and, being last,
// has its first result on the port of column 0, with valid_o, row_o, tag_o, after n + 2 + STAGES.
//%else
//%// Latency: a beat taken at clock edge n is in the first element after n + 1 and, being last, has its
//%// first result on the port of column 0, with valid_o, row_o, tag_o, after n + 2.
//%end
//
// Timing: every decision about this cycle's beat is made of flags that the cycle before prepared (is it
// the last of its tile, of its step, ...); whatever a command implies is worked out once, where it is
// taken. No path adds, compares and then decides.
module rc_sequencer #(
    parameter integer ROWS   = /*%ROWS*/4,    // rows of the array, from 1
    parameter integer COLS   = /*%COLS*/4,    // columns of the array, from 1
    parameter integer BEAT_W = /*%BEAT_W*/13, // bits of a number of beats
    parameter integer TAG_W  = /*%TAG_W*/16,  // bits of a step's tag and of a number of steps
//%if ROW_BROADCAST
    parameter integer STAGES = /*%BROADCAST_STAGES*/0, // registers in the broadcast, from 0
    parameter integer COL_W  = $clog2(COLS + 2),  // bits of a number of columns
//%end
    parameter integer ROW_W  = $clog2(ROWS + 2)   // bits of a number of rows
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
    output wire [  ROWS-1:0] stream_o,      // rows whose sample of this cycle is ST-OS
    output wire [  ROWS-1:0] tap_en_o,      // rows that take a tap
    output wire [  ROWS-1:0] lastb_o,       // rows whose window ends
//%end
    // Results, in step with the array's ports.
    output wire [  COLS-1:0] valid_o,       // the column's port holds a result
    output wire [ ROW_W-1:0] row_o,         // column 0: its row
    output wire [ TAG_W-1:0] tag_o,         // column 0: its step
    output wire              active_o,      // a step is being fed, or waits for its operands
    output wire              busy_o         // washing, a step is left, or something is on its way
);
//%if ROW_BROADCAST
  localparam EDGE = 2 + STAGES;  // clock edges from a handshake to the first element's registers
//%else
//%  localparam EDGE = 2;  // clock edges from a handshake to the first element's registers
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
  localparam [CLEAR_W-1:0] CLEAR_0 = 0;
  localparam [CLEAR_W-1:0] CLEAR_1 = 1;
//%end

  localparam [BEAT_W-1:0] BEAT_0 = 0;
  localparam [BEAT_W-1:0] BEAT_1 = 1;
  localparam [BEAT_W-1:0] BEAT_2 = 2;
  localparam [TAG_W-1:0] TAG_1 = 1;
  localparam [TAG_W-1:0] TAG_2 = TAG_1 + TAG_1;
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

  // ---------------------------------------------------------------- commands
//%if ROW_BROADCAST
  // Numbers of different widths are brought to one for sums and comparisons.
  localparam WIDE = (BEAT_W > COL_W ? BEAT_W : COL_W);
  localparam SPAN_W = WIDE + 1;
  localparam SUM_W = WIDE + ROW_W + 1;
  localparam [SPAN_W-1:0] SPAN_1 = 1;
  localparam [COL_W-1:0] COL_0 = 0;
  localparam [COL_W-1:0] COL_1 = 1;
  wire [SUM_W-1:0] cmd_cols_sum = {{(SUM_W - COL_W) {1'b0}}, cmd_cols_i};
  wire [SUM_W-1:0] cmd_beats_sum = {{(SUM_W - BEAT_W) {1'b0}}, cmd_beats_i};
  wire [SUM_W-1:0] cmd_rows_sum = {{(SUM_W - ROW_W) {1'b0}}, cmd_rows_i};

  wire legal_chain = cmd_passes_i == BEAT_1 && cmd_cols_sum >= cmd_beats_sum
      && cmd_cols_sum >= cmd_rows_sum;
  wire legal_stream = cmd_cols_i != COL_0 && cmd_cols_i <= COLS[COL_W-1:0]
      && cmd_taps_i != BEAT_0 && cmd_taps_i <= cmd_pitch_i && cmd_passes_i != BEAT_0
      && (!cmd_chain_i || legal_chain);
//%end
  wire legal = cmd_count_i != {TAG_W{1'b0}} && cmd_beats_i != BEAT_0
      && cmd_rows_i != ROW_0 && cmd_rows_i <= ROWS[ROW_W-1:0]
//%if ROW_BROADCAST
      && (!cmd_stream_i || legal_stream)
//%end
      ;

  // A command with what follows from it. An OS tile is one pass without lead.
//%if ROW_BROADCAST
  wire [BEAT_W-1:0] cmd_gap = cmd_pitch_i - cmd_taps_i;  // samples without a tap between lines
  wire [COL_W-1:0] cmd_lead = cmd_cols_i - COL_1;
  // Lead of a window that finds a stream running.
  wire [COL_W-1:0] cmd_warm = cmd_cols_i - cmd_beats_sum[COL_W-1:0];
  // Samples of a pass.
  wire [SPAN_W-1:0] cmd_span = cmd_cols_sum[SPAN_W-1:0] + cmd_beats_sum[SPAN_W-1:0] - SPAN_1;
  wire [SUM_W-1:0] cmd_span_sum = {{(SUM_W - SPAN_W) {1'b0}}, cmd_span};
  localparam CMD_W = 2 * TAG_W + ROW_W + BEAT_W + 2
      + 2 * COL_W + 3 * BEAT_W + SPAN_W + 8;
//%else
//%  localparam CMD_W = 2 * TAG_W + ROW_W + BEAT_W + 2;
//%end
  wire [CMD_W-1:0] cmd = {
//%if ROW_BROADCAST
    cmd_stream_i, cmd_stream_i && cmd_chain_i,
    cmd_lead, cmd_stream_i && cmd_lead != COL_0, cmd_warm, cmd_warm != COL_0,
    cmd_taps_i, cmd_taps_i == BEAT_1, cmd_gap, cmd_gap == BEAT_1,
    cmd_passes_i, !cmd_stream_i || cmd_passes_i == BEAT_1,
    cmd_span, cmd_rows_sum <= cmd_span_sum,
//%end
    cmd_tag_i, cmd_count_i, cmd_count_i == TAG_1, cmd_rows_i, cmd_beats_i, cmd_beats_i == BEAT_1
  };

  // Queue of two, so that neither ready depends on a valid and no cycle is lost between commands.
  // The head is the command being executed.
  reg [CMD_W-1:0] next_q;
  reg head_valid_q;
  reg next_valid_q;
  wire cmd_end;
  wire load = !head_valid_q || cmd_end;  // the head is free

  assign cmd_ready_o = !washing && !next_valid_q;
  assign cmd_error_o = cmd_valid_i && cmd_ready_o && !legal;
  assign active_o = head_valid_q;
  wire cmd_take = cmd_valid_i && cmd_ready_o && legal;

  always @(posedge clk_i) begin
    if (!next_valid_q) next_q <= cmd;
    if (rst_i) begin
      head_valid_q <= 1'b0;
      next_valid_q <= 1'b0;
    end else begin
      head_valid_q <= (head_valid_q && !cmd_end) || next_valid_q || cmd_take;
      next_valid_q <= head_valid_q && !cmd_end && (next_valid_q || cmd_take);
    end
  end

  // The command that becomes the head.
  wire [TAG_W-1:0] new_tag, new_count;
  wire new_count_1, new_beats_1;
  wire [ROW_W-1:0] new_rows;
  wire [BEAT_W-1:0] new_beats;
//%if ROW_BROADCAST
  wire new_stream, new_chain, new_has_lead, new_has_warm, new_taps_1, new_gap_1, new_passes_1;
  wire new_rows_fit;
  wire [COL_W-1:0] new_lead, new_warm;
  wire [BEAT_W-1:0] new_taps, new_gap, new_passes;
  wire [SPAN_W-1:0] new_span;
//%end
  assign {
//%if ROW_BROADCAST
    new_stream, new_chain, new_lead, new_has_lead, new_warm, new_has_warm, new_taps, new_taps_1,
    new_gap, new_gap_1, new_passes, new_passes_1, new_span, new_rows_fit,
//%end
    new_tag, new_count, new_count_1, new_rows, new_beats, new_beats_1
  } = next_valid_q ? next_q : cmd;

  // The head's fields that its steps start from.
  reg [ROW_W-1:0] rows_q;
  reg [BEAT_W-1:0] beats_q;
  reg beats_1_q;
//%if ROW_BROADCAST
  reg stream_q, chain_q, has_lead_q, has_warm_q, taps_1_q, gap_1_q, passes_1_q, rows_fit_q;
  reg [COL_W-1:0] lead_q, warm_q;
  reg [BEAT_W-1:0] taps_q, gap_q, passes_q;
  reg [SPAN_W-1:0] span_q;
//%end

  always @(posedge clk_i) begin
    if (load) begin
      rows_q    <= new_rows;
      beats_q   <= new_beats;
      beats_1_q <= new_beats_1;
//%if ROW_BROADCAST
      stream_q   <= new_stream;
      chain_q    <= new_chain;
      lead_q     <= new_lead;
      has_lead_q <= new_has_lead;
      warm_q     <= new_warm;
      has_warm_q <= new_has_warm;
      taps_q     <= new_taps;
      taps_1_q   <= new_taps_1;
      gap_q      <= new_gap;
      gap_1_q    <= new_gap_1;
      passes_q   <= new_passes;
      passes_1_q <= new_passes_1;
      span_q     <= new_span;
      rows_fit_q <= new_rows_fit;
//%end
    end
  end

  // ---------------------------------------------------------------- beats
  // Where the next beat stands. Each number counts down to 1, a flag beside it says that it is there.
  reg [TAG_W-1:0] tag_q;         // the step's
  reg [TAG_W-1:0] steps_left_q;  // of the command
  reg last_step_q;
  reg [BEAT_W-1:0] beats_left_q; // of the tile
//%if ROW_BROADCAST
                                 // or, without the lead, of the pass
//%end
  reg last_beat_q;
  wire lane_busy;                // the lane of this cycle still has rows of an earlier step
  wire take;                     // a beat enters
  wire step_end;                 // and is the step's last

  assign cmd_end = step_end && last_step_q;

  always @(posedge clk_i) begin
    if (load) begin
      tag_q        <= new_tag;
      steps_left_q <= new_count;
      last_step_q  <= new_count_1;
    end else if (step_end) begin
      tag_q        <= tag_q + TAG_1;
      steps_left_q <= steps_left_q - TAG_1;
      last_step_q  <= steps_left_q == TAG_2;
    end
  end

//%if ROW_BROADCAST
  reg [COL_W-1:0] lead_left_q;   // lead samples of the pass
  reg in_lead_q;                 // some are left
  reg [BEAT_W-1:0] part_left_q;  // samples of the line's taps, or of the gap behind them
  reg last_of_part_q;
  reg in_taps_q;                 // behind the lead: this sample meets a tap
  reg [BEAT_W-1:0] passes_left_q;// of the window
  reg last_pass_q;
  reg cold_q;                    // a pass starts here, and no stream runs
  reg fits_q;                    // a final pass may start: the rows before it have left in time
  reg [CLEAR_W-1:0] clear_q;     // cycles until the last OS tile has left
  reg clear_0_q;                 // it has
  wire [ROW_W-1:0] lane_left;    // rows that this cycle's lane still has to pass

  wire tile_ready = !stream_q && !(last_beat_q && lane_busy);
  wire stream_ready = stream_q && (!cold_q || (clear_0_q && (!last_pass_q || fits_q)));
  wire tap_now = stream_q && in_taps_q && !in_lead_q;
  assign op_ready_o = head_valid_q && (tile_ready || stream_ready);
  assign tap_ready_o = op_ready_o && tap_now;
  assign take = op_ready_o && (op_valid_i || (stream_q && !cold_q));
  assign gap_error_o = take && !op_valid_i;
  wire pass_end = take && last_beat_q && !in_lead_q;
  assign step_end = pass_end && last_pass_q;

  always @(posedge clk_i) begin
    if (load) begin
      beats_left_q   <= new_beats;
      last_beat_q    <= new_beats_1;
      lead_left_q    <= new_lead;
      in_lead_q      <= new_has_lead;
      part_left_q    <= new_taps;
      last_of_part_q <= new_taps_1;
      in_taps_q      <= 1'b1;
      passes_left_q  <= new_passes;
      last_pass_q    <= new_passes_1;
      cold_q         <= 1'b1;
    end else if (pass_end) begin
      beats_left_q   <= beats_q;
      last_beat_q    <= beats_1_q;
      lead_left_q    <= chain_q ? warm_q : lead_q;
      in_lead_q      <= chain_q ? has_warm_q : has_lead_q;
      part_left_q    <= taps_q;
      last_of_part_q <= taps_1_q;
      in_taps_q      <= 1'b1;
      passes_left_q  <= last_pass_q ? passes_q : passes_left_q - BEAT_1;
      last_pass_q    <= last_pass_q ? passes_1_q : passes_left_q == BEAT_2;
      cold_q         <= !chain_q;
    end else if (take) begin
      cold_q <= 1'b0;
      if (in_lead_q) begin
        lead_left_q <= lead_left_q - COL_1;
        in_lead_q   <= lead_left_q != COL_1;
      end else begin
        beats_left_q <= beats_left_q - BEAT_1;
        last_beat_q  <= beats_left_q == BEAT_2;
        if (!last_of_part_q) begin
          part_left_q    <= part_left_q - BEAT_1;
          last_of_part_q <= part_left_q == BEAT_2;
        end else if (in_taps_q && gap_q != BEAT_0) begin
          part_left_q    <= gap_q;
          last_of_part_q <= gap_1_q;
          in_taps_q      <= 1'b0;
        end else begin
          part_left_q    <= taps_q;
          last_of_part_q <= taps_1_q;
          in_taps_q      <= 1'b1;
        end
      end
    end
  end

  // Of a window's rows one leaves each cycle. A pass that starts at t has its capture at t + span - 1,
  // when none may be left of the window before: here for the next cycle, from what is left in this one.
  wire [SUM_W-1:0] rows_sum = {{(SUM_W - ROW_W) {1'b0}}, rows_q};
  wire [SUM_W-1:0] left_sum = {{(SUM_W - ROW_W) {1'b0}}, lane_left};
  wire [SUM_W-1:0] span_sum = {{(SUM_W - SPAN_W) {1'b0}}, span_q};
  wire [SUM_W-1:0] new_span_sum = {{(SUM_W - SPAN_W) {1'b0}}, new_span};

  always @(posedge clk_i) begin
    if (cmd_end) fits_q <= rows_sum <= new_span_sum;
    else if (step_end) fits_q <= rows_fit_q;
    else if (load) fits_q <= left_sum <= new_span_sum;
    else fits_q <= left_sum <= span_sum;
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      clear_q   <= CLEAR_0;
      clear_0_q <= 1'b1;
    end else if (take && !stream_q) begin
      clear_q   <= CLEAR[CLEAR_W-1:0] - CLEAR_1;
      clear_0_q <= CLEAR == 1;
    end else if (!clear_0_q) begin
      clear_q   <= clear_q - CLEAR_1;
      clear_0_q <= clear_q == CLEAR_1;
    end
  end
//%else
//%  assign op_ready_o = head_valid_q && !(last_beat_q && lane_busy);
//%  assign take = op_ready_o && op_valid_i;
//%  assign step_end = take && last_beat_q;
//%
//%  always @(posedge clk_i) begin
//%    if (load) begin
//%      beats_left_q <= new_beats;
//%      last_beat_q  <= new_beats_1;
//%    end else if (step_end) begin
//%      beats_left_q <= beats_q;
//%      last_beat_q  <= beats_1_q;
//%    end else if (take) begin
//%      beats_left_q <= beats_left_q - BEAT_1;
//%      last_beat_q  <= beats_left_q == BEAT_2;
//%    end
//%  end
//%end

  // ---------------------------------------------------------------- to the edges
  wire [ROWS-1:0] used = ~({ROWS{1'b1}} << rows_q);
//%if ROW_BROADCAST
  wire given = op_ready_o && op_valid_i;  // the beat is not missing
  assign row_en_o = used & {ROWS{given}};
  assign tap_en_o = used & {ROWS{given && tap_now}};
  // The skew is bypassed only when the last tile's operands have left it.
  assign stream_o = used & {ROWS{head_valid_q && stream_q && clear_0_q}};
  assign lastb_o = used & {ROWS{step_end && stream_q}};
//%else
//%  assign row_en_o = used & {ROWS{take}};
//%end
//%if ROW_BROADCAST
  assign col_en_o = take && !stream_q;
  assign last_rows_o = wash_wave ? ROWS[ROW_W-1:0] : step_end && !stream_q ? rows_q : ROW_0;
//%else
//%  assign col_en_o = take;
//%  assign last_rows_o = wash_wave ? ROWS[ROW_W-1:0] : step_end ? rows_q : ROW_0;
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
  wire [TAG_W-1:0] leaves_tag = step_end ? tag_q : lane_tag_q;
  wire [ROW_W-1:0] left_d = (step_end ? rows_q : left_q) - {{(ROW_W - 1) {1'b0}}, leaves};

//%if ROW_BROADCAST
  // A window's rows leave in consecutive cycles, at all columns at once: one lane, no swap.
  reg drain_stream_q;
  wire leaves_stream = step_end ? stream_q : drain_stream_q;
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
      || !clear_0_q || window_pipe_q != {(EDGE + 1) {1'b0}}
//%end
      || tile_pipe_q != {PIPE{1'b0}};
endmodule
