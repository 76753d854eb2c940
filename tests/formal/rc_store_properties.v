// rc_store_properties: what is proved of rc_store, for any instructions, legal or not, a bus that is ready and
// answers at any time, reads of the memories that come at any time, and stops at any time.
//
// Y1  AWVALID holds until AWREADY, and address and length with it.
// Y2  WVALID holds until WREADY, and data, strobes and last with it.
// Y3  Beats belong to bursts whose address was taken before, and last is the burst's last beat.
// Y4  A burst does not cross a multiple of 2^BURST_W beats, and lies where the region may be written.
// Y5  After stop_i no address comes that was not there, and no beat that writes.
// Y6  Every response is taken. idle_o says that no address, beat or response is to come; a STORE is finished
//     with all its responses.
module rc_store_properties #(
    parameter integer N          = 2,
    parameter integer AXI_DATA_W = 16,
    parameter integer LINE_W     = 16,
    parameter integer OFFSET_W   = 4,
    parameter integer BURST_W    = 1,
    parameter integer BEAT_W     = OFFSET_W - $clog2(AXI_DATA_W / 8)
) (
    input  wire                clk_i,
    input  wire                rst_i,
    input  wire                start_i,
    input  wire                stop_i,
    input  wire [OFFSET_W-1:0] low_i,
    input  wire [OFFSET_W-1:0] size_i,
    input  wire                go_i,
    input  wire [         1:0] memory_i,
    input  wire [OFFSET_W-1:0] base_i,
    input  wire [OFFSET_W-1:0] count_i,
    input  wire [OFFSET_W-1:0] offset_i,
    input  wire                read_ready_i,
    input  wire                read_done_i,
    input  wire [       N-1:0] data_i,
    input  wire                awready_i,
    input  wire                wready_i,
    input  wire                response_i,
    output wire [         6:1] violated_o
);
  localparam integer GRAIN = (LINE_W > AXI_DATA_W ? LINE_W : AXI_DATA_W) / 8;
  localparam integer BEAT_BITS = OFFSET_W - BEAT_W;
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  reg [OFFSET_W-1:0] low_q, size_q;
  wire [OFFSET_W-1:0] low = started_q ? low_q : low_i & ~(GRAIN - 1);
  wire [OFFSET_W-1:0] size = started_q ? size_q : size_i & ~(GRAIN - 1);
  always @(posedge clk_i) begin
    low_q <= low;
    size_q <= size;
  end

  wire take, finished, active, moving, error, idle, read_valid, awvalid, wvalid, wlast, bready;
  wire [3:0] code;
  wire [19:0] read_address;
  wire read_memory;
  wire [7:0] awaddr, awlen;
  wire [AXI_DATA_W-1:0] wdata;
  wire [AXI_DATA_W/8-1:0] wstrb;
  // A stop lasts until the next program starts, from a reset on.
  reg stop_q = 1;
  wire stop = stop_i || stop_q;
  wire start = start_i && idle && stop && !rst;
  always @(posedge clk_i) stop_q <= (stop && !start) || rst;

  // Reads on their way, and responses.
  reg [2:0] reads_q = 0;
  wire read_done = read_done_i && reads_q != 0;
  reg [2:0] responses_q = 0;
  wire response = response_i && responses_q != 0;

  rc_store #(
      .N(N),
      .DATA_W(1),
      .A_DEPTH(9),
      .B_DEPTH(6),
      .AXI_DATA_W(AXI_DATA_W),
      .AXI_ADDR_W(8),
      .LINE_W(LINE_W),
      .BEAT_W(BEAT_W),
      .OFFSET_W(OFFSET_W),
      .BURST_W(BURST_W)
  ) u_store (
      .clk_i(clk_i),
      .rst_i(rst),
      .start_i(start),
      .stop_i(stop),
      .base_i(8'd0),
      .low_i(low),
      .size_i(size),
      .go_i(go_i),
      .instruction_i({128'd0, {(32 - OFFSET_W) {1'b0}}, offset_i, {(32 - OFFSET_W) {1'b0}}, count_i,
                      {(32 - OFFSET_W) {1'b0}}, base_i, 30'd0, memory_i}),
      .take_o(take),
      .finished_o(finished),
      .active_o(active),
      .moving_o(moving),
      .error_o(error),
      .error_code_o(code),
      .idle_o(idle),
      .read_valid_o(read_valid),
      .read_ready_i(read_ready_i),
      .read_memory_o(read_memory),
      .read_address_o(read_address),
      .read_done_i(read_done),
      .read_data_i(data_i),
      .m_awvalid_o(awvalid),
      .m_awready_i(awready_i),
      .m_awaddr_o(awaddr),
      .m_awlen_o(awlen),
      .m_wvalid_o(wvalid),
      .m_wready_i(wready_i),
      .m_wdata_o(wdata),
      .m_wstrb_o(wstrb),
      .m_wlast_o(wlast),
      .m_bvalid_i(response),
      .m_bready_o(bready),
      .m_bresp_i(2'b00)
  );

  wire aw_take = awvalid && awready_i;
  wire w_take = wvalid && wready_i;
  reg [BURST_W:0] left_q = 0;       // beats of the burst whose address was taken
  reg aw_waits_q = 0, w_waits_q = 0, stopped_q = 0, last_q;
  reg [7:0] addr_q, len_q;
  reg [AXI_DATA_W-1:0] data_q;
  reg [AXI_DATA_W/8-1:0] strobe_q;
  wire [BURST_W:0] left = left_q;
  always @(posedge clk_i)
    if (rst) begin
      reads_q <= 0;
      responses_q <= 0;
      left_q <= 0;
      aw_waits_q <= 0;
      w_waits_q <= 0;
      stopped_q <= 0;
    end else begin
      // The accelerator is reset at a start: what was read before does not come.
      reads_q <= start ? 0 : reads_q + (read_valid && read_ready_i) - read_done;
      responses_q <= responses_q + (w_take && wlast) - response;
      left_q <= aw_take ? awlen[BURST_W:0] + 1 : left_q - w_take;
      aw_waits_q <= awvalid && !awready_i;
      w_waits_q <= wvalid && !wready_i;
      stopped_q <= stop && !start;
    end
  always @(posedge clk_i) begin
    addr_q <= awaddr;
    len_q <= awlen;
    data_q <= wdata;
    strobe_q <= wstrb;
    last_q <= wlast;
  end
  wire [BURST_W+1:0] in_burst = awaddr[BEAT_BITS+:BURST_W] + awlen[BURST_W:0] + 1;
  wire [8:0] burst_end = {1'b0, awaddr} + (({1'b0, awlen} + 1) << BEAT_BITS);
  assign violated_o[1] = started_q && aw_waits_q && (!awvalid || awaddr != addr_q || awlen != len_q);
  assign violated_o[2] = started_q && w_waits_q && (!wvalid || wdata != data_q || wstrb != strobe_q || wlast != last_q);
  assign violated_o[3] = started_q && ((wvalid && (left == 0 || wlast != (left == 1))) || (aw_take && left != 0));
  assign violated_o[4] = started_q && awvalid &&
      (in_burst > (1 << BURST_W) || burst_end > size || awaddr < (low & ~(AXI_DATA_W / 8 - 1)));
  assign violated_o[5] = started_q && stop && ((awvalid && !aw_waits_q) || (wvalid && !w_waits_q && wstrb != 0));
  assign violated_o[6] = started_q && (!bready || (finished && responses_q != 0) ||
      (idle != (!aw_waits_q && left == 0 && responses_q == 0) && !(awvalid && !aw_waits_q)));
endmodule
