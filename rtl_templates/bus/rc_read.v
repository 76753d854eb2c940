// rc_read: an AXI4 read master. Bursts of several clients, in the order in which they were granted; their
// beats come back in this order too, for all bursts have one ID.
//
// A client asks for a burst of beats and keeps asking until it is granted; of those that ask, the one with
// the lowest number is served first. A client must take its beats at some time whatever the others do.
// After stop_i nothing is granted, and beats that are still to come are taken and dropped.
module rc_read #(
    parameter integer AXI_DATA_W  = /*%AXI_DATA_W*/128,
    parameter integer AXI_ADDR_W  = /*%AXI_ADDR_W*/32,
    parameter integer CLIENTS     = 4,
    parameter integer OUTSTANDING = 8,    // bursts on their way, a power of two
    parameter integer BEAT_W      = /*%BEAT_INDEX_W*/28,   // bits of an offset in beats: 32 - log2(AXI_DATA_W / 8)
    parameter integer BURST_W     = 5     // log2 of a burst's beats at most
) (
    input  wire                      clk_i,
    input  wire                      rst_i,
    input  wire                      stop_i,
    input  wire [    AXI_ADDR_W-1:0] base_i,     // a multiple of 4096
    // Bursts: the first beat's offset from the base, in beats, and how many: 1 to 2^BURST_W, and not across
    // a multiple of 2^BURST_W.
    input  wire [       CLIENTS-1:0] request_i,
    input  wire [CLIENTS*BEAT_W-1:0] beat_i,
    input  wire [CLIENTS*(BURST_W+1)-1:0] beats_i,
    output wire [       CLIENTS-1:0] grant_o,
    // Beats.
    output wire [       CLIENTS-1:0] valid_o,
    input  wire [       CLIENTS-1:0] ready_i,
    output wire                      last_o,     // of the burst
    output wire                      error_o,    // the beat is one that the bus could not read; it is valid_o's
    output wire                      idle_o,     // no burst is on its way
    // AXI4
    output reg                       m_arvalid_o,
    input  wire                      m_arready_i,
    output reg  [    AXI_ADDR_W-1:0] m_araddr_o,
    output reg  [               7:0] m_arlen_o,
    input  wire                      m_rvalid_i,
    output wire                      m_rready_o,
    input  wire [               1:0] m_rresp_i,
    input  wire                      m_rlast_i
);
  localparam integer AT_W = $clog2(OUTSTANDING);
  localparam integer BEAT_BITS = $clog2(AXI_DATA_W / 8);
  localparam [AT_W:0] FULL = OUTSTANDING[AT_W:0];
  localparam [AT_W:0] ONE = 1;
  localparam [AT_W-1:0] NEXT = 1;

  // The first that asks.
  wire [CLIENTS-1:0] first = request_i & (~request_i + {{(CLIENTS - 1) {1'b0}}, 1'b1});
  reg [BEAT_W-1:0] beat;
  reg [BURST_W:0] beats;
  integer i;
  always @* begin
    beat = {BEAT_W{1'b0}};
    beats = {(BURST_W + 1) {1'b0}};
    for (i = 0; i < CLIENTS; i = i + 1) begin
      beat = beat | (beat_i[i*BEAT_W+:BEAT_W] & {BEAT_W{first[i]}});
      beats = beats | (beats_i[i*(BURST_W+1)+:BURST_W+1] & {(BURST_W + 1) {first[i]}});
    end
  end

  // Whose the bursts on their way are.
  reg [CLIENTS-1:0] owner_q[0:OUTSTANDING-1];
  reg [AT_W-1:0] newest_q, oldest_q;
  reg [AT_W:0] count_q;
  wire grants = |request_i && !stop_i && count_q != FULL && (!m_arvalid_o || m_arready_i);
  wire ends = m_rvalid_i && m_rready_o && m_rlast_i;
  assign grant_o = first & {CLIENTS{grants}};
  assign idle_o  = count_q == {(AT_W + 1) {1'b0}};

  localparam [BURST_W:0] ONE_BEAT = 1;
  wire [BURST_W:0] more = beats - ONE_BEAT;
  always @(posedge clk_i)
    if (rst_i) begin
      m_arvalid_o <= 1'b0;
      newest_q <= {AT_W{1'b0}};
      oldest_q <= {AT_W{1'b0}};
      count_q <= {(AT_W + 1) {1'b0}};
    end else begin
      m_arvalid_o <= grants || (m_arvalid_o && !m_arready_i);
      if (grants) newest_q <= newest_q + NEXT;
      if (ends) oldest_q <= oldest_q + NEXT;
      if (grants != ends) count_q <= grants ? count_q + ONE : count_q - ONE;
    end
  always @(posedge clk_i)
    if (grants) begin
      owner_q[newest_q] <= first;
      m_araddr_o <= base_i + {{(AXI_ADDR_W - BEAT_W - BEAT_BITS) {1'b0}}, beat, {BEAT_BITS{1'b0}}};
      m_arlen_o <= {{(7 - BURST_W) {1'b0}}, more};
    end

  wire [CLIENTS-1:0] owner = owner_q[oldest_q] & {CLIENTS{!idle_o}};
  assign valid_o = owner & {CLIENTS{m_rvalid_i && !stop_i}};
  assign m_rready_o = !idle_o && (stop_i || |(owner & ready_i));
  assign last_o = m_rlast_i;
  assign error_o = m_rresp_i[1];

  wire unused = &{1'b0, m_rresp_i[0]};
endmodule
