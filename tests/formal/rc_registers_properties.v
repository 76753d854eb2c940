// rc_registers_properties: what is proved of rc_registers, for a master that asks and takes at any time, as AXI
// has it: what it asks for stays until it is taken. Of the registers one, any one, is followed.
//
// R1  BVALID holds until BREADY; RVALID until RREADY, and its data with it. All responses are OKAY.
// R2  Address and data of a write are taken in the same cycle, and answered once, in the next; no second one
//     before the first's response is taken.
// R3  A read is answered once, in the cycle behind its address; no second one before that is taken.
// R4  A read answers with what was written last, by its strobes, while no program ran; or what the program says.
// R5  start_o and abort_o are high for a cycle, behind a write that asks for it, and never start_o while a program
//     runs. What the program reads does not change while it runs.
// R6  The interrupt is there from a program's end, where it is enabled, until it is cleared.
module rc_registers_properties (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        awvalid_i,
    input  wire [11:0] awaddr_i,
    input  wire        wvalid_i,
    input  wire [31:0] wdata_i,
    input  wire [ 3:0] wstrb_i,
    input  wire        bready_i,
    input  wire        arvalid_i,
    input  wire [11:0] araddr_i,
    input  wire        rready_i,
    input  wire        end_i,
    input  wire        done_i,
    input  wire        error_i,
    input  wire [ 3:0] unit_i,
    input  wire [ 3:0] code_i,
    input  wire [31:0] index_i,
    input  wire [71:0] finished_i,
    input  wire [63:0] counters_i,
    input  wire [ 3:0] which_i,     // the register that is followed
    output wire [ 6:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // The master.
  reg aw_waits_q = 0, w_waits_q = 0, ar_waits_q = 0;
  reg [11:0] awaddr_q, araddr_q;
  reg [31:0] wdata_q;
  reg [3:0] wstrb_q;
  wire awvalid = aw_waits_q || (awvalid_i && !rst);
  wire wvalid = w_waits_q || (wvalid_i && !rst);
  wire arvalid = ar_waits_q || (arvalid_i && !rst);
  wire [11:0] awaddr = aw_waits_q ? awaddr_q : awaddr_i;
  wire [11:0] araddr = ar_waits_q ? araddr_q : araddr_i;
  wire [31:0] wdata = w_waits_q ? wdata_q : wdata_i;
  wire [3:0] wstrb = w_waits_q ? wstrb_q : wstrb_i;
  wire awready, wready, bvalid, arready, rvalid, irq, start, abort;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata, size, low;
  wire [63:0] base;
  wire [95:0] offsets, counts;

  // A program runs from its start to its end.
  reg running_q = 0;
  wire ends = end_i && running_q;
  reg ended_q = 0;
  rc_registers #(
      .CONFIG_HASH(32'h12345678),
      .COUNTERS(2)
  ) u_registers (
      .clk_i(clk_i),
      .rst_i(rst),
      .irq_o(irq),
      .s_awvalid_i(awvalid),
      .s_awready_o(awready),
      .s_awaddr_i(awaddr),
      .s_wvalid_i(wvalid),
      .s_wready_o(wready),
      .s_wdata_i(wdata),
      .s_wstrb_i(wstrb),
      .s_bvalid_o(bvalid),
      .s_bready_i(bready_i),
      .s_bresp_o(bresp),
      .s_arvalid_i(arvalid),
      .s_arready_o(arready),
      .s_araddr_i(araddr),
      .s_rvalid_o(rvalid),
      .s_rready_i(rready_i),
      .s_rdata_o(rdata),
      .s_rresp_o(rresp),
      .start_o(start),
      .abort_o(abort),
      .base_o(base),
      .size_o(size),
      .low_o(low),
      .offsets_o(offsets),
      .counts_o(counts),
      .running_i(running_q),
      .end_i(ended_q),
      .done_i(done_i),
      .error_i(error_i),
      .unit_i(unit_i),
      .code_i(code_i),
      .index_i(index_i),
      .finished_i(finished_i),
      .counters_i(counters_i)
  );
  wire write = awvalid && awready, read = arvalid && arready;
  always @(posedge clk_i) begin
    aw_waits_q <= awvalid && !awready;
    w_waits_q <= wvalid && !wready;
    ar_waits_q <= arvalid && !arready;
    awaddr_q <= awaddr;
    araddr_q <= araddr;
    wdata_q <= wdata;
    wstrb_q <= wstrb;
    running_q <= !rst && (start || (running_q && !ends));
    ended_q <= !rst && ends;
  end

  // The one that is followed: a word of those that the driver writes and reads, at 0x20 + 4 which.
  reg [3:0] which_q;
  wire [3:0] chosen = started_q ? which_q : which_i > 9 ? 9 : which_i;
  always @(posedge clk_i) which_q <= chosen;
  wire [11:0] place = 12'h020 + {6'd0, chosen, 2'b00};
  reg [31:0] value_q;
  reg enable_q, interrupt_q, sets_q, aborts_q;
  wire [31:0] mask = {{8{wstrb[3]}}, {8{wstrb[2]}}, {8{wstrb[1]}}, {8{wstrb[0]}}};
  wire [11:0] to = {awaddr[11:2], 2'b00}, from = {araddr[11:2], 2'b00};
  wire [31:0] bits = wdata & mask;
  wire free = !running_q && !start;
  always @(posedge clk_i)
    if (rst) begin
      value_q <= 0;
      enable_q <= 0;
      interrupt_q <= 0;
      sets_q <= 0;
      aborts_q <= 0;
    end else begin
      if (write && free && to == place) value_q <= bits | (value_q & ~mask);
      if (write && to == 12'h010 && wstrb[0]) enable_q <= wdata[0];
      if (ended_q) interrupt_q <= 1;
      else if (write && to == 12'h014 && bits[0]) interrupt_q <= 0;
      sets_q <= write && free && to == 12'h008 && bits[1:0] == 2'b01;
      aborts_q <= write && to == 12'h008 && bits[1];
    end

  reg b_waits_q = 0, r_waits_q = 0, wrote_q = 0, asked_q = 0;
  reg [31:0] rdata_q, expected_q;
  reg follows_q;
  reg [31:0] expected;
  reg follows;
  always @* begin
    follows = 1;
    expected = 0;
    if (from == place) expected = value_q;
    else
      case (from)
        12'h000: expected = 32'h52434131;
        12'h004: expected = 32'h12345678;
        12'h008: expected = 0;
        12'h00C: expected = {20'd0, code_i, unit_i, 1'b0, error_i, done_i, running_q};
        12'h010: expected = enable_q;
        12'h014: expected = interrupt_q;
        12'h018: expected = index_i;
        12'h048: expected = finished_i[23:0];
        12'h04C: expected = finished_i[47:24];
        12'h050: expected = finished_i[71:48];
        12'h060: expected = counters_i[31:0];
        12'h064: expected = counters_i[63:32];
        default: follows = from < 12'h020 || from > 12'h044;   // another of those that are written
      endcase
  end
  wire [319:0] words = {counts[95:64], offsets[95:64], counts[63:32], offsets[63:32], counts[31:0], offsets[31:0],
                        low, size, base};
  wire [31:0] word = words[chosen*32+:32];
  reg [31:0] word_q;
  reg ran_q = 0;
  always @(posedge clk_i) begin
    b_waits_q <= bvalid && !bready_i && !rst;
    r_waits_q <= rvalid && !rready_i && !rst;
    wrote_q <= write && !rst;
    asked_q <= read && !rst;
    rdata_q <= rdata;
    expected_q <= expected;
    follows_q <= follows;
    word_q <= word;
    ran_q <= running_q && !rst;
  end
  assign violated_o[1] = started_q && ((b_waits_q && !bvalid) || (r_waits_q && (!rvalid || rdata != rdata_q)) ||
      bresp != 0 || rresp != 0);
  assign violated_o[2] = started_q && (write != (wvalid && wready) || (wready && !wvalid) ||
      bvalid != (wrote_q || b_waits_q) || (wrote_q && b_waits_q) || (write && bvalid && !bready_i));
  assign violated_o[3] = started_q && (rvalid != (asked_q || r_waits_q) || (asked_q && r_waits_q) ||
      (read && rvalid && !rready_i));
  assign violated_o[4] = started_q && ((asked_q && follows_q && rdata != expected_q) || word != value_q);
  assign violated_o[5] = started_q && (start != sets_q || abort != aborts_q || (start && running_q) ||
      (ran_q && word != word_q));
  assign violated_o[6] = started_q && irq != (enable_q && interrupt_q);
endmodule
