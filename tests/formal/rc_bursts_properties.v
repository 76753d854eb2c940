// rc_bursts_properties: what is proved of rc_bursts, for any runs of lines, one after the other, and a bus that
// grants at any time.
//
// U1  A burst that is asked for stays the same until it is granted.
// U2  It does not cross a multiple of 2^BURST_W beats: so, a base being a multiple of it, nor one of 4096 bytes.
// U3  All its beats lie inside the region.
// U4  Bursts come one behind the other, and from the beat of the first line to that of the last.
// U5  A run that is bad asks for nothing.
module rc_bursts_properties #(
    parameter integer AXI_DATA_W = 16,
    parameter integer LINE_W     = 16,
    parameter integer OFFSET_W   = 5,
    parameter integer BURST_W    = 1,
    parameter integer AT_W       = LINE_W < AXI_DATA_W ? $clog2(AXI_DATA_W / LINE_W) : 1,
    parameter integer BEAT_W     = OFFSET_W - $clog2(AXI_DATA_W / 8)
) (
    input  wire                clk_i,
    input  wire                rst_i,
    input  wire                start_i,
    input  wire [OFFSET_W-1:0] offset_i,
    input  wire [OFFSET_W-1:0] lines_i,
    input  wire [OFFSET_W-1:0] low_i,
    input  wire [OFFSET_W-1:0] size_i,
    input  wire                grant_i,
    output wire [         5:1] violated_o
);
  localparam integer LINE_BITS = $clog2(LINE_W / 8);
  localparam integer BEAT_BITS = $clog2(AXI_DATA_W / 8);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // A run begins when the one before has ended; the region is multiples of beats and of lines, and stays.
  localparam integer GRAIN = (LINE_W > AXI_DATA_W ? LINE_W : AXI_DATA_W) / 8;
  reg running_q = 0, check_q = 0;
  reg [OFFSET_W-1:0] low_q, size_q, offset_q, lines_q;
  wire start = start_i && !running_q && lines_i != 0;
  wire [OFFSET_W-1:0] low = started_q ? low_q : low_i & ~(GRAIN - 1);
  wire [OFFSET_W-1:0] size = started_q ? size_q : size_i & ~(GRAIN - 1);
  wire bad, request, last;
  wire [AT_W-1:0] at;
  wire [BEAT_W-1:0] beat;
  wire [BURST_W:0] beats;
  wire grant = grant_i && request;

  rc_bursts #(
      .AXI_DATA_W(AXI_DATA_W),
      .LINE_W(LINE_W),
      .BEAT_W(BEAT_W),
      .AT_W(AT_W),
      .OFFSET_W(OFFSET_W),
      .BURST_W(BURST_W)
  ) u_bursts (
      .clk_i(clk_i),
      .rst_i(rst),
      .start_i(start),
      .offset_i(offset_i),
      .lines_i(lines_i),
      .low_i(low),
      .size_i(size),
      .bad_o(bad),
      .at_o(at),
      .request_o(request),
      .beat_o(beat),
      .beats_o(beats),
      .grant_i(grant),
      .last_o(last)
  );

  // The run's beats by its bytes.
  wire [OFFSET_W+BEAT_BITS+3:0] first_byte = offset_q;
  wire [OFFSET_W+LINE_BITS+1:0] end_byte = offset_q + ({{(LINE_BITS + 2) {1'b0}}, lines_q} << LINE_BITS);
  wire [OFFSET_W+LINE_BITS+1:0] end_up = end_byte + ((1 << BEAT_BITS) - 1);
  wire [OFFSET_W:0] first_beat = first_byte >> BEAT_BITS;
  wire [OFFSET_W+LINE_BITS+1:0] end_beat = end_up >> BEAT_BITS;
  wire illegal = offset_q[LINE_BITS-1:0] != 0 || end_byte > size_q || offset_q < low_q;
  reg [OFFSET_W:0] next_q;        // the beat that the next burst begins with
  reg waits_q = 0;
  reg [BEAT_W-1:0] beat_q;
  reg [BURST_W:0] beats_q;
  always @(posedge clk_i) begin
    low_q <= low;
    size_q <= size;
    if (start) begin
      offset_q <= offset_i;
      lines_q <= lines_i;
    end
    check_q <= start && !rst;
    if (rst) running_q <= 0;
    else if (start) running_q <= 1;
    else if ((check_q && bad) || (grant && last)) running_q <= 0;
    if (check_q) next_q <= first_beat;
    else if (grant) next_q <= next_q + beats;
    waits_q <= request && !grant && !rst;
    beat_q <= beat;
    beats_q <= beats;
  end

  wire [BURST_W+1:0] end_in_burst = beat[BURST_W-1:0] + {1'b0, beats};
  wire [OFFSET_W+BEAT_BITS+2:0] burst_end = ({{(BEAT_BITS + 3) {1'b0}}, beat} + beats) << BEAT_BITS;
  assign violated_o[1] = started_q && (waits_q && (!request || beat != beat_q || beats != beats_q));
  assign violated_o[2] = started_q && (request && (beats == 0 || end_in_burst > (1 << BURST_W)));
  assign violated_o[3] = started_q && (request && (burst_end > size_q || {beat, {BEAT_BITS{1'b0}}} < low_q));
  assign violated_o[4] = started_q && (request && (beat != next_q || (last && beat + beats != end_beat) ||
                                     (!last && beat + {1'b0, beats} >= end_beat)));
  assign violated_o[5] = started_q && (check_q && (bad != illegal) || (request && !running_q));
endmodule
