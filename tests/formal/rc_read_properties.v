// rc_read_properties: what is proved of rc_read, for clients that ask for any bursts and keep asking, and for a
// bus that answers bursts in their order, at any time.
//
// V1  ARVALID holds until ARREADY, and address and length with it.
// V2  An address on the bus is that of a burst that was granted, and its length too; no burst is lost or doubled.
// V3  A beat is its burst's client's, in the order in which bursts were granted.
// V4  A beat is taken whenever its client is ready, and after stop_i in any case, when no client sees it.
// V5  After stop_i nothing is granted. idle_o is high exactly when no burst is granted whose last beat is to come.
module rc_read_properties #(
    parameter integer CLIENTS     = 2,
    parameter integer OUTSTANDING = 2,
    parameter integer BEAT_W      = 3,
    parameter integer BURST_W     = 1
) (
    input  wire                          clk_i,
    input  wire                          rst_i,
    input  wire                          stop_i,
    input  wire [           CLIENTS-1:0] ask_i,
    input  wire [    CLIENTS*BEAT_W-1:0] beat_i,
    input  wire [CLIENTS*(BURST_W+1)-1:0] beats_i,
    input  wire [           CLIENTS-1:0] ready_i,
    input  wire                          arready_i,
    input  wire                          rvalid_i,
    output wire [                   5:1] violated_o
);
  localparam integer BEATS_W = BURST_W + 1;
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // Clients: what is asked for stays until it is granted.
  reg [CLIENTS-1:0] asks_q = 0;
  reg [CLIENTS*BEAT_W-1:0] beat_q;
  reg [CLIENTS*BEATS_W-1:0] beats_q;
  wire [CLIENTS-1:0] request = asks_q | ask_i;
  wire [CLIENTS*BEAT_W-1:0] beat;
  wire [CLIENTS*BEATS_W-1:0] beats;
  wire [CLIENTS-1:0] grant, valid;
  wire last, error, idle, arvalid, rready;
  wire [7:0] address, length;
  genvar c;
  generate
    for (c = 0; c < CLIENTS; c = c + 1) begin : client
      wire [BEATS_W-1:0] some = beats_i[c*BEATS_W+:BEATS_W] == 0 ? 1 : beats_i[c*BEATS_W+:BEATS_W];
      assign beat[c*BEAT_W+:BEAT_W] = asks_q[c] ? beat_q[c*BEAT_W+:BEAT_W] : beat_i[c*BEAT_W+:BEAT_W];
      assign beats[c*BEATS_W+:BEATS_W] = asks_q[c] ? beats_q[c*BEATS_W+:BEATS_W] : some;
    end
  endgenerate
  always @(posedge clk_i) begin
    asks_q <= rst ? 0 : request & ~grant;
    beat_q <= beat;
    beats_q <= beats;
  end

  // The bus: bursts in their order. Of each on its way its client, and the beats to come.
  reg [CLIENTS-1:0] owner_q[0:OUTSTANDING-1];
  reg [BEATS_W-1:0] left_q[0:OUTSTANDING-1];
  reg [BEAT_W-1:0] first_q[0:OUTSTANDING-1];
  reg [$clog2(OUTSTANDING+1)-1:0] granted_q = 0, on_bus_q = 0;   // on their way; with their address taken
  wire rvalid = rvalid_i && on_bus_q != 0;
  wire rlast = left_q[0] == 1;
  wire taken = rvalid && rready;
  wire ends = taken && rlast;
  wire address_taken = arvalid && arready_i;

  rc_read #(
      .AXI_DATA_W(8),
      .AXI_ADDR_W(8),
      .CLIENTS(CLIENTS),
      .OUTSTANDING(OUTSTANDING),
      .BEAT_W(BEAT_W),
      .BURST_W(BURST_W)
  ) u_read (
      .clk_i(clk_i),
      .rst_i(rst),
      .stop_i(stop_i),
      .base_i(8'd0),
      .request_i(request),
      .beat_i(beat),
      .beats_i(beats),
      .grant_o(grant),
      .valid_o(valid),
      .ready_i(ready_i),
      .last_o(last),
      .error_o(error),
      .idle_o(idle),
      .m_arvalid_o(arvalid),
      .m_arready_i(arready_i),
      .m_araddr_o(address),
      .m_arlen_o(length),
      .m_rvalid_i(rvalid),
      .m_rready_o(rready),
      .m_rresp_i(2'b00),
      .m_rlast_i(rlast)
  );

  reg [BEAT_W-1:0] granted_beat;
  reg [BEATS_W-1:0] granted_beats;
  integer i;
  always @* begin
    granted_beat = 0;
    granted_beats = 0;
    for (i = 0; i < CLIENTS; i = i + 1)
      if (grant[i]) begin
        granted_beat = beat[i*BEAT_W+:BEAT_W];
        granted_beats = beats[i*BEATS_W+:BEATS_W];
      end
  end
  wire [$clog2(OUTSTANDING+1)-1:0] kept = granted_q - ends;
  always @(posedge clk_i)
    if (rst) begin
      granted_q <= 0;
      on_bus_q <= 0;
    end else begin
      if (taken) left_q[0] <= left_q[0] - 1;
      if (ends)
        for (i = 0; i + 1 < OUTSTANDING; i = i + 1) begin
          owner_q[i] <= owner_q[i+1];
          left_q[i] <= left_q[i+1];
          first_q[i] <= first_q[i+1];
        end
      if (|grant) begin
        owner_q[kept] <= grant;
        left_q[kept] <= granted_beats;
        first_q[kept] <= granted_beat;
      end
      granted_q <= kept + (|grant);
      on_bus_q <= on_bus_q + address_taken - ends;
    end

  reg waits_q = 0;
  reg [7:0] address_q, length_q;
  always @(posedge clk_i) begin
    waits_q <= arvalid && !arready_i && !rst;
    address_q <= address;
    length_q <= length;
  end
  wire [CLIENTS-1:0] owner = owner_q[0];
  assign violated_o[1] = waits_q && (!arvalid || address != address_q || length != length_q);
  // The oldest granted without its address taken is the one on the bus.
  assign violated_o[2] = started_q && (arvalid != (on_bus_q != granted_q) ||
      (arvalid && (address != first_q[on_bus_q] || length + 8'd1 != left_q[on_bus_q])));
  assign violated_o[3] = valid != (rvalid && !stop_i ? owner : 0);
  assign violated_o[4] = rvalid && (rready != (stop_i || |(owner & ready_i)));
  assign violated_o[5] = started_q && ((stop_i && |grant) || idle != (granted_q == 0) || (grant & (grant - 1)) != 0);
endmodule
