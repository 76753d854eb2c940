// rc_step_reference: what a sequencer has to do with the commands and beats it takes, written down from
// the integration sheet and not from rc_sequencer. The properties compare both.
//
//     commands taken ──► check ──► list of two ──► where the next beat stands ──► step ends ──► schedule
//     beats taken    ────────────────────────────────┘                                            │
//                                                   row and tag of every result, cycle by cycle ◄──┘
//
// A command is checked in the cycle after it was taken; a legal one is in the list a cycle later, or as soon
// as there is a place.
//
// The schedule has one place per coming cycle. A tile that ends now claims places 0, 2, 4, ..., a
// window 0, 1, 2, ...: one for each used row. claimed_o says that a place was taken already.
module rc_step_reference #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer MAX_K  = 2,
    parameter integer TAG_W  = 2,
    parameter integer COL_W  = $clog2(COLS + 2),
    parameter integer ROW_W  = $clog2(ROWS + 2),
    parameter integer BEAT_W = $clog2(MAX_K + 2)
) (
    input  wire              clk_i,
    input  wire              rst_i,
    input  wire              cmd_take_i,    // a command, legal or not, is taken
    input  wire [ TAG_W-1:0] cmd_tag_i,
    input  wire [ TAG_W-1:0] cmd_count_i,
    input  wire [ ROW_W-1:0] cmd_rows_i,
    input  wire [BEAT_W-1:0] cmd_beats_i,
    input  wire              cmd_stream_i,
    input  wire              cmd_chain_i,
    input  wire [ COL_W-1:0] cmd_cols_i,
    input  wire [BEAT_W-1:0] cmd_taps_i,
    input  wire [BEAT_W-1:0] cmd_pitch_i,
    input  wire [BEAT_W-1:0] cmd_passes_i,
    input  wire              beat_i,        // a beat is taken
    output wire              checked_o,     // a command is being checked, or has no place in the list
    output wire              refused_o,     // the one checked in the cycle before was illegal
    output wire [       1:0] commands_o,    // in the list, the first one is executed
    // The step whose beat is next.
    output wire              stream_o,
    output wire              chained_o,     // it is a window behind another one of its stream
    output wire [ ROW_W-1:0] rows_o,
    output wire [ COL_W-1:0] cols_o,
    output wire [ TAG_W-1:0] tag_o,
    output wire              inside_o,      // a stream runs: its next beat may not be missing
    output wire              tap_o,         // the beat meets a tap
    output wire              end_o,         // the beat taken is the step's last
    // The result that leaves row by row, at the array: column 0's, if this beat's were there at once.
    output wire              claimed_o,     // two steps want the same cycle
    output wire              result_o,
    output wire              result_stream_o,
    output wire [ ROW_W-1:0] result_row_o,
    output wire [ TAG_W-1:0] result_tag_o,
    output wire [ COL_W-1:0] result_cols_o,
    output wire              empty_o        // no result is scheduled
);
  localparam WIDE = BEAT_W + COL_W + ROW_W + 1;  // holds any sum of two of the numbers
  localparam FIELDS = 2 * TAG_W + ROW_W + 4 * BEAT_W + COL_W + 2;

  // ---------------------------------------------------------------- commands
  reg checked_q, refused_q;
  reg [FIELDS-1:0] cmd;
  wire [TAG_W-1:0] new_tag, new_count;
  wire [ROW_W-1:0] new_rows;
  wire [BEAT_W-1:0] new_beats, new_taps, new_pitch, new_passes;
  wire [COL_W-1:0] new_cols;
  wire new_stream, new_chain;
  assign {new_tag, new_count, new_rows, new_beats, new_stream, new_chain, new_cols, new_taps, new_pitch,
          new_passes} = cmd;
  wire [WIDE-1:0] wide_cols = new_cols;
  wire [WIDE-1:0] wide_rows = new_rows;
  wire [WIDE-1:0] wide_beats = new_beats;
  wire legal_window = new_cols >= 1 && new_cols <= COLS && new_taps >= 1
      && new_taps <= new_pitch && new_passes >= 1;
  wire legal_chain = new_passes == 1 && wide_cols >= wide_beats && wide_cols >= wide_rows;
  wire legal = new_count >= 1 && new_beats >= 1 && new_beats <= MAX_K && new_rows >= 1
      && new_rows <= ROWS && (!new_stream || (legal_window && (!new_chain || legal_chain)));

  reg [1:0] commands_q;
  reg [FIELDS-1:0] first_q, second_q;
  wire [TAG_W-1:0] tag, count;
  wire [ROW_W-1:0] rows;
  wire [BEAT_W-1:0] beats, taps, pitch, passes;
  wire [COL_W-1:0] cols;
  wire stream, chain;
  assign {tag, count, rows, beats, stream, chain, cols, taps, pitch, passes} = first_q;
  wire remove;
  wire place = commands_q != 2 || remove;
  wire add = checked_q && legal && place;

  always @(posedge clk_i) begin
    if (cmd_take_i)
      cmd <= {cmd_tag_i, cmd_count_i, cmd_rows_i, cmd_beats_i, cmd_stream_i, cmd_chain_i, cmd_cols_i,
              cmd_taps_i, cmd_pitch_i, cmd_passes_i};
    checked_q <= cmd_take_i || (checked_q && legal && !place);
    refused_q <= checked_q && !legal;
    if (rst_i) begin
      checked_q <= 0;
      refused_q <= 0;
    end
  end
  assign checked_o = checked_q;
  assign refused_o = refused_q;

  always @(posedge clk_i) begin
    commands_q <= commands_q + {1'b0, add} - {1'b0, remove};
    if (remove) first_q <= commands_q == 2 ? second_q : cmd;
    else if (commands_q == 0) first_q <= cmd;
    if (commands_q == 1 || remove) second_q <= cmd;
    if (rst_i) commands_q <= 0;
  end
  assign commands_o = commands_q;

  // ---------------------------------------------------------------- beats
  reg [TAG_W-1:0] step_q;     // steps finished
  reg [BEAT_W-1:0] pass_q;    // passes of the window finished
  reg [WIDE-1:0] sample_q;    // samples of the pass taken; a window behind another finds some there
  reg [BEAT_W-1:0] column_q;  // position in the line of taps, once the lead is over
  wire [WIDE-1:0] lead = stream ? cols - 1 : 0;
  wire in_lead = sample_q < lead;
  wire pass_end = beat_i && sample_q == lead + beats - 1;
  assign end_o = pass_end && (!stream || pass_q == passes - 1);
  assign remove = end_o && step_q == count - 1;

  always @(posedge clk_i) begin
    if (beat_i) begin
      sample_q <= sample_q + 1;
      if (!in_lead) column_q <= column_q == pitch - 1 ? 0 : column_q + 1;
      if (pass_end) begin
        sample_q <= stream && chain ? beats - 1 : 0;
        column_q <= 0;
        pass_q   <= pass_q + 1;
      end
      if (end_o) begin
        pass_q <= 0;
        step_q <= step_q + 1;
      end
      if (remove) begin
        sample_q <= 0;
        step_q   <= 0;
      end
    end
    if (rst_i) begin
      step_q   <= 0;
      pass_q   <= 0;
      sample_q <= 0;
      column_q <= 0;
    end
  end

  assign stream_o  = stream;
  assign chained_o = stream && chain && step_q != 0;
  assign rows_o    = rows;
  assign cols_o    = cols;
  assign tag_o     = tag + step_q;
  assign inside_o  = commands_q != 0 && stream && (sample_q != 0 || chained_o);
  assign tap_o     = stream && !in_lead && column_q < taps;

  // ---------------------------------------------------------------- results
  localparam PLACES = 2 * ROWS;
  localparam PLACE_W = 2 + ROW_W + TAG_W + COL_W;
  reg [PLACES*PLACE_W-1:0] places_q;
  reg [PLACES*PLACE_W-1:0] places;  // with what ends now
  reg claimed;
  integer i;
  reg [ROW_W-1:0] row;
  always @* begin
    places  = places_q;
    claimed = 0;
    for (i = 0; i < PLACES; i = i + 1) begin
      row = stream ? i : i / 2;
      if (end_o && (stream ? i < rows : i % 2 == 0 && i / 2 < rows)) begin
        claimed = claimed | places_q[(i+1)*PLACE_W-1];
        places[i*PLACE_W+:PLACE_W] = {1'b1, stream, row, tag_o, cols};
      end
    end
  end
  always @(posedge clk_i) begin
    places_q <= places >> PLACE_W;
    if (rst_i) places_q <= 0;
  end
  assign {result_o, result_stream_o, result_row_o, result_tag_o, result_cols_o} = places[PLACE_W-1:0];
  assign claimed_o = claimed;

  reg left;
  always @* begin
    left = 0;
    for (i = 0; i < PLACES; i = i + 1) left = left | places[(i+1)*PLACE_W-1];
  end
  assign empty_o = !left;
endmodule
