namespace Qwen2Audio.Hub.Tests;

/// <summary>Downloads that are cut off, fail temporarily, or resume where an earlier one ended.</summary>
public sealed class ModelDownloadResumeTests : IDisposable
{
    private readonly TestHub _hub = new();

    public void Dispose() => _hub.Dispose();

    [Fact]
    public async Task A_cut_connection_is_gone_on_with_from_the_byte_where_it_was_cut()
    {
        var cuts = 2;
        _hub.Server.Answer = request => IsStorage(request) && cuts-- > 0 ? _hub.Server.Usual(request) with { CutAfter = 1_000_000 } : null;
        var result = await _hub.Download();
        Assert.Equal([0L, 1_000_000, 2_000_000], Storage());
        Assert.Equal(3_005_002, result.Received);
        Assert.Equal(2, _hub.Events.OfType<DownloadRetry>().Count());
        Assert.Equal(_hub.Model, File.ReadAllBytes(Path.Combine(_hub.Snapshot, "model.safetensors")));
    }

    [Fact]
    public async Task Failures_in_a_row_end_the_run_and_the_next_one_goes_on()
    {
        _hub.Server.Answer = request => IsStorage(request)
            ? request.From > 0 ? new HubReply(503, []) : _hub.Server.Usual(request) with { CutAfter = 500_000 } : null;
        var error = await _hub.Fails(HubFault.Network);
        Assert.Contains("model.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains("3 attempts", error.Message, StringComparison.Ordinal);
        _hub.AssertUnknown();
        Assert.Equal(_hub.Model[..500_000], File.ReadAllBytes(_hub.Incomplete("model.safetensors")));
        _hub.Server.Answer = _ => null;
        await _hub.Download();
        Assert.Equal(500_000, Storage()[^1]);
        _hub.AssertComplete("config.json", "model.safetensors", "tokenizer/vocab.json");
        Assert.False(File.Exists(_hub.Incomplete("model.safetensors")));
    }

    [Fact]
    public async Task Cancelling_leaves_what_has_arrived_and_the_next_run_goes_on()
    {
        using var cancel = new CancellationTokenSource();
        _hub.Server.Answer = request => IsStorage(request) ? _hub.Server.Usual(request) with { StallAfter = 700_000 } : null;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _hub.Download(cancellation: cancel.Token, report: happened =>
        {
            if (happened is DownloadProgress { File: "model.safetensors" }) cancel.Cancel();
        }));
        _hub.AssertUnknown();
        var arrived = File.ReadAllBytes(_hub.Incomplete("model.safetensors"));
        Assert.InRange(arrived.Length, 1, 700_000);
        Assert.Equal(_hub.Model[..arrived.Length], arrived);
        _hub.Server.Answer = _ => null;
        await _hub.Download();
        Assert.Equal(arrived.Length, Storage()[^1]);
        _hub.AssertComplete("config.json", "model.safetensors", "tokenizer/vocab.json");
    }

    [Fact]
    public async Task A_server_that_does_not_know_ranges_gives_all_again()
    {
        Leave(_hub.Model[..1000]);
        _hub.Server.KnowsRanges = false;
        await _hub.Download();
        _hub.AssertComplete("config.json", "model.safetensors", "tokenizer/vocab.json");
    }

    [Theory]
    [InlineData(0, 1000)] // wrong bytes at the beginning
    [InlineData(0, 3_000_000)] // as many as the file has
    [InlineData(0, 4_000_000)] // more
    public async Task Bad_leftovers_are_found_and_the_file_is_received_again(int value, int length)
    {
        var bad = new byte[length];
        bad.AsSpan().Fill((byte)value);
        Leave(bad);
        await _hub.Download();
        _hub.AssertComplete("config.json", "model.safetensors", "tokenizer/vocab.json");
    }

    [Fact]
    public async Task A_whole_leftover_is_checked_and_needs_no_request()
    {
        Leave(_hub.Model);
        Assert.Equal(5002, (await _hub.Download()).Received);
        Assert.Empty(Storage());
        _hub.AssertComplete("config.json", "model.safetensors", "tokenizer/vocab.json");
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(408)]
    public async Task Passing_failures_are_tried_again(int status)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        _hub.Server.Answer = request =>
        {
            lock (seen) return seen.Add(request.Target) ? new HubReply(status, [], ("Retry-After", "0")) : null;
        };
        await _hub.Download();
        _hub.AssertComplete("config.json", "model.safetensors", "tokenizer/vocab.json");
        Assert.Contains(_hub.Events.OfType<DownloadRetry>(), retry => retry.Reason.Contains($"{status}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_silent_connection_is_given_up_and_tried_again()
    {
        _hub.Options = _hub.Options with { ReadTimeout = TimeSpan.FromSeconds(0.5), Attempts = 1000 }; // a busy machine is silent too
        var stalls = 1;
        _hub.Server.Answer = request => IsStorage(request) && stalls-- > 0 ? _hub.Server.Usual(request) with { StallAfter = 100_000 } : null;
        await _hub.Download();
        Assert.Contains(_hub.Events.OfType<DownloadRetry>(), retry => retry.Reason.Contains("sent nothing", StringComparison.Ordinal));
        _hub.AssertComplete("config.json", "model.safetensors", "tokenizer/vocab.json");
    }

    private static bool IsStorage(HubRequest request) => request.Target.StartsWith("/storage/model", StringComparison.Ordinal);

    private long[] Storage() => [.. _hub.Server.Requests.Where(IsStorage).Select(request => request.From)];

    private void Leave(byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_hub.Blob("model.safetensors"))!);
        File.WriteAllBytes(_hub.Incomplete("model.safetensors"), bytes);
    }
}
