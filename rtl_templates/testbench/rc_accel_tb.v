// rc_accel_tb: self-checking testbench of rc_accel; prints "PASS: N bytes checked" or FAIL lines.
//
// A memory at the AXI4 port holds a small program and its input (image.hex) and answers as memories do:
// late, with pauses, several bursts on their way. The program runs twice, and once between is refused
// for a list that lies at no block's beginning. After a run every byte that it has to write is compared
// (checks.hex: {offset, value}), and every byte that it must not write.
//
// Run it in the folder that has filelist.f: the files are read as tb/image.hex and tb/checks.hex.
module rc_accel_tb;
  /*%REGISTERS*/registers
  /*%ERRORS*/errors
  /*%UNITS*/units
  localparam integer AXI_DATA_W = /*%AXI_DATA_W*/128;
  localparam integer AXI_ADDR_W = /*%AXI_ADDR_W*/32;
  localparam integer BYTES = AXI_DATA_W / 8;
  localparam integer REGION = /*%REGION_BYTES*/4096;  // bytes
  localparam integer BEATS = REGION / BYTES;
  localparam integer WRITABLE = /*%WRITABLE*/2048;
  localparam integer CHECKS = /*%CHECKS*/1;
  localparam integer LIMIT = /*%LIMIT*/100000;        // cycles of a run
  localparam [AXI_ADDR_W-1:0] BASE = 64'hFFFF_FFFF_4000_0000;

  // ---------------------------------------------------------------- the device
  reg clk, rst;
  wire irq;
  reg s_awvalid, s_wvalid, s_arvalid;
  reg [11:0] s_awaddr, s_araddr;
  reg [31:0] s_wdata;
  wire s_awready, s_wready, s_bvalid, s_arready, s_rvalid;
  wire [1:0] s_bresp, s_rresp;
  wire [31:0] s_rdata;
  wire m_arvalid, m_rready, m_awvalid, m_wvalid, m_wlast, m_bready;
  wire [AXI_ADDR_W-1:0] m_araddr, m_awaddr;
  wire [7:0] m_arlen, m_awlen;
  wire [2:0] m_arsize, m_awsize, m_arprot, m_awprot;
  wire [1:0] m_arburst, m_awburst;
  wire [3:0] m_arcache, m_awcache;
  wire [AXI_DATA_W-1:0] m_wdata;
  wire [BYTES-1:0] m_wstrb;
  reg m_arready, m_rvalid, m_rlast, m_awready, m_wready, m_bvalid;
  reg [AXI_DATA_W-1:0] m_rdata;

  rc_accel dut (
      .clk_i(clk),
      .rst_i(rst),
      .irq_o(irq),
      .s_awvalid_i(s_awvalid),
      .s_awready_o(s_awready),
      .s_awaddr_i(s_awaddr),
      .s_awprot_i(3'b000),
      .s_wvalid_i(s_wvalid),
      .s_wready_o(s_wready),
      .s_wdata_i(s_wdata),
      .s_wstrb_i(4'b1111),
      .s_bvalid_o(s_bvalid),
      .s_bready_i(1'b1),
      .s_bresp_o(s_bresp),
      .s_arvalid_i(s_arvalid),
      .s_arready_o(s_arready),
      .s_araddr_i(s_araddr),
      .s_arprot_i(3'b000),
      .s_rvalid_o(s_rvalid),
      .s_rready_i(1'b1),
      .s_rdata_o(s_rdata),
      .s_rresp_o(s_rresp),
      .m_arvalid_o(m_arvalid),
      .m_arready_i(m_arready),
      .m_araddr_o(m_araddr),
      .m_arlen_o(m_arlen),
      .m_arsize_o(m_arsize),
      .m_arburst_o(m_arburst),
      .m_arcache_o(m_arcache),
      .m_arprot_o(m_arprot),
      .m_rvalid_i(m_rvalid),
      .m_rready_o(m_rready),
      .m_rdata_i(m_rdata),
      .m_rresp_i(2'b00),
      .m_rlast_i(m_rlast),
      .m_awvalid_o(m_awvalid),
      .m_awready_i(m_awready),
      .m_awaddr_o(m_awaddr),
      .m_awlen_o(m_awlen),
      .m_awsize_o(m_awsize),
      .m_awburst_o(m_awburst),
      .m_awcache_o(m_awcache),
      .m_awprot_o(m_awprot),
      .m_wvalid_o(m_wvalid),
      .m_wready_i(m_wready),
      .m_wdata_o(m_wdata),
      .m_wstrb_o(m_wstrb),
      .m_wlast_o(m_wlast),
      .m_bvalid_i(m_bvalid),
      .m_bready_o(m_bready),
      .m_bresp_i(2'b00)
  );

  integer fails;
  task fail;
    begin
      fails = fails + 1;
      if (fails > 20) begin
        $display("FAIL: too many failures");
        $finish;
      end
    end
  endtask

  // ---------------------------------------------------------------- the memory
  localparam integer LATENCY = 9;   // cycles from an address to the first beat
  reg [AXI_DATA_W-1:0] memory[0:BEATS-1];
  reg [AXI_DATA_W-1:0] before[0:BEATS-1];
  reg [AXI_ADDR_W-1:0] read_address[0:15];
  reg [7:0] read_length[0:15];
  integer read_cycle[0:15];
  integer reads_in, reads_out, read_beat;
  reg [AXI_ADDR_W-1:0] write_address;
  integer writes_left, responses, now, i;
  reg writes;
  reg [31:0] random;

  // The beat that an address is, and that the burst stays within a page and the region.
  function integer beat_of(input [AXI_ADDR_W-1:0] address, input integer beat);
    beat_of = (address - BASE) / BYTES + beat;
  endfunction
  task check_burst(input [AXI_ADDR_W-1:0] address, input [7:0] length, input [2:0] size, input [1:0] burst);
    if (address % BYTES != 0 || (1 << size) != BYTES || burst != 2'b01 || address < BASE ||
        beat_of(address, length) >= BEATS || address[11:0] + (length + 1) * BYTES > 4096) begin
      $display("FAIL: cycle %0d: a burst of %0d beats at %h", now, length + 1, address);
      fail;
    end
  endtask

  always @(posedge clk) begin
    random <= {random[30:0], random[31] ^ random[21] ^ random[1] ^ random[0]};
    now = now + 1;
    m_arready <= random[1:0] != 2'd0 && reads_in - reads_out < 15;
    m_wready <= random[3:2] != 2'd0;
    if (rst) begin
      reads_in = 0;
      reads_out = 0;
      read_beat = 0;
      writes = 1'b0;
      responses = 0;
      m_arready <= 1'b0;
      m_awready <= 1'b0;
      m_wready <= 1'b0;
      m_rvalid <= 1'b0;
      m_bvalid <= 1'b0;
    end else begin
      // Reads.
      if (m_arvalid && m_arready) begin
        check_burst(m_araddr, m_arlen, m_arsize, m_arburst);
        read_address[reads_in%16] = m_araddr;
        read_length[reads_in%16] = m_arlen;
        read_cycle[reads_in%16] = now + LATENCY;
        reads_in = reads_in + 1;
      end
      if (!m_rvalid || m_rready) begin
        m_rvalid <= 1'b0;
        m_rdata <= {AXI_DATA_W{1'bx}};
        m_rlast <= 1'bx;
        if (reads_in != reads_out && now >= read_cycle[reads_out%16] && random[5:4] != 2'd0) begin
          m_rvalid <= 1'b1;
          m_rdata <= memory[beat_of(read_address[reads_out%16], read_beat)];
          m_rlast <= read_beat == read_length[reads_out%16];
          if (read_beat == read_length[reads_out%16]) begin
            reads_out = reads_out + 1;
            read_beat = 0;
          end else read_beat = read_beat + 1;
        end
      end
      // Writes: one burst after the other.
      if (m_wvalid && m_wready) begin
        if (!writes || m_wlast != (writes_left == 0)) begin
          $display("FAIL: cycle %0d: a beat that is none of its burst's", now);
          fail;
        end
        for (i = 0; i < BYTES; i = i + 1)
          if (m_wstrb[i]) begin
            if (beat_of(write_address, 0) * BYTES + i < WRITABLE) begin
              $display("FAIL: cycle %0d: byte %0d is written", now, beat_of(write_address, 0) * BYTES + i);
              fail;
            end
            memory[beat_of(write_address, 0)][i*8+:8] = m_wdata[i*8+:8];
          end
        write_address = write_address + BYTES;
        if (m_wlast) begin
          writes = 1'b0;
          responses = responses + 1;
        end
        writes_left = writes_left - 1;
      end
      if (m_awvalid && m_awready) begin
        check_burst(m_awaddr, m_awlen, m_awsize, m_awburst);
        write_address = m_awaddr;
        writes_left = m_awlen;
        writes = 1'b1;
      end
      m_awready <= !writes && !m_awready && random[6];
      if (m_bvalid && m_bready) responses = responses - 1;
      m_bvalid <= (m_bvalid && !m_bready) || (responses > (m_bvalid && !m_bready ? 1 : 0) && random[8:7] == 2'd0);
    end
  end

  // ---------------------------------------------------------------- the processor
  always #5 clk = ~clk;

  task write(input [11:0] offset, input [31:0] value);
    begin
      s_awaddr = offset;
      s_wdata = value;
      s_awvalid = 1'b1;
      s_wvalid = 1'b1;
      while (s_awvalid || s_wvalid) begin
        @(negedge clk);
        if (s_awready && s_wready) begin
          @(posedge clk);
          #1 s_awvalid = 1'b0;
          s_wvalid = 1'b0;
        end
      end
      while (!s_bvalid) @(negedge clk);
      @(posedge clk);
      #1;
    end
  endtask

  reg [31:0] answer;
  task read(input [11:0] offset);
    begin
      s_araddr = offset;
      s_arvalid = 1'b1;
      while (s_arvalid) begin
        @(negedge clk);
        if (s_arready) begin
          @(posedge clk);
          #1 s_arvalid = 1'b0;
        end
      end
      while (!s_rvalid) @(negedge clk);
      answer = s_rdata;
      @(posedge clk);
      #1;
    end
  endtask

  task expect_register(input [11:0] offset, input [31:0] value);
    begin
      read(offset);
      if (answer !== value) begin
        $display("FAIL: register %h is %h, %h is right", offset, answer, value);
        fail;
      end
    end
  endtask

  // Starts, and waits for the interrupt.
  integer cycles;
  task run(input [31:0] status);
    begin
      write(R_CONTROL, 32'd1);
      cycles = 0;
      while (!irq && cycles < LIMIT) begin
        @(negedge clk);
        cycles = cycles + 1;
      end
      if (!irq) begin
        $display("FAIL: no interrupt in %0d cycles", LIMIT);
        fail;
      end
      @(posedge clk);
      #1;
      expect_register(R_STATUS, status);
      write(R_IRQ, 32'd1);
      if (irq !== 1'b0) begin
        $display("FAIL: the interrupt is not cleared");
        fail;
      end
    end
  endtask

  reg [39:0] checks[0:(CHECKS > 0 ? CHECKS : 1)-1];
  integer checked, n, offset;
  task compare;
    begin
      for (n = 0; n < CHECKS; n = n + 1) begin
        offset = checks[n][39:8];
        if (memory[offset/BYTES][offset%BYTES*8+:8] !== checks[n][7:0]) begin
          $display("FAIL: byte %0d is %h, %h is right", offset, memory[offset/BYTES][offset%BYTES*8+:8], checks[n][7:0]);
          fail;
        end
        checked = checked + 1;
        // The next run has to write it again.
        memory[offset/BYTES][offset%BYTES*8+:8] = ~checks[n][7:0];
      end
      for (n = 0; n < WRITABLE / BYTES; n = n + 1)
        if (memory[n] !== before[n]) begin
          $display("FAIL: beat %0d of the program has changed", n);
          fail;
        end
    end
  endtask

  initial begin
    $readmemh("tb/image.hex", memory);
    $readmemh("tb/image.hex", before);
    $readmemh("tb/checks.hex", checks);
    fails = 0;
    checked = 0;
    now = 0;
    random = 32'h1234_5678;
    clk = 1'b0;
    rst = 1'b1;
    s_awvalid = 1'b0;
    s_wvalid = 1'b0;
    s_arvalid = 1'b0;
    s_awaddr = 12'd0;
    s_araddr = 12'd0;
    s_wdata = 32'd0;
    repeat (3) @(posedge clk);
    #1 rst = 1'b0;

    expect_register(R_ID, 32'h52434131);
    expect_register(R_CONFIG, /*%CONFIG_HASH*/0);
    write(R_BASE_LO, BASE[31:0]);
    write(R_BASE_HI, BASE >> 32);
    write(R_SIZE, REGION);
    write(R_WRITABLE, WRITABLE);
    write(R_LOAD_OFFSET, /*%LOAD_OFFSET*/0);
    write(R_LOAD_COUNT, /*%LOAD_COUNT*/0);
    write(R_MOVE_OFFSET, /*%MOVE_OFFSET*/0);
    write(R_MOVE_COUNT, /*%MOVE_COUNT*/0);
    write(R_STORE_OFFSET, /*%STORE_OFFSET*/0);
    write(R_STORE_COUNT, /*%STORE_COUNT*/0);
    write(R_IRQ_ENABLE, 32'd1);

    run(32'h2);
    compare;
    // A list that lies at no block's beginning: refused, and nothing is touched.
    write(R_MOVE_OFFSET, /*%MOVE_OFFSET*/0 + 32);
    run({20'd0, E_LIST, U_MOVE, 4'b0100});
    write(R_MOVE_OFFSET, /*%MOVE_OFFSET*/0);
    run(32'h2);
    read(R_CYCLES);
    compare;
    if (fails == 0) $display("PASS: %0d bytes checked, %0d cycles", checked, answer);
    else $display("FAIL: %0d failures, %0d bytes checked", fails, checked);
    $finish;
  end
endmodule
