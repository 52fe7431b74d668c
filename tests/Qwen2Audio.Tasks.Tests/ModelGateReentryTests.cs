using Qwen2Audio.Inference;

namespace Qwen2Audio.Tasks.Tests;

/// <summary>Work that waits for another call could deadlock: it is rejected, and the model remains usable.</summary>
public sealed class ModelGateReentryTests
{
    [Fact]
    public async Task A_report_of_progress_that_calls_the_model_is_refused()
    {
        using var model = new ScriptedModel().ToModel();
        var transcriber = new Transcriber(model);
        var calling = new Reports(() => transcriber.Transcribe(Sounds.Tone(1)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => transcriber.TranscribeAsync(Sounds.Tone(1), calling, TestContext.Current.CancellationToken));
        var disposing = new Reports(model.Dispose);
        await Assert.ThrowsAsync<InvalidOperationException>(() => transcriber.TranscribeAsync(Sounds.Tone(1), disposing, TestContext.Current.CancellationToken));
        Assert.Equal(1, transcriber.Transcribe(Sounds.Tone(1), cancellation: TestContext.Current.CancellationToken).SecondsOfAudio, 6);
    }

    [Fact]
    public async Task A_report_may_begin_a_call_that_it_does_not_wait_for()
    {
        using var model = new ScriptedModel().ToModel();
        var transcriber = new Transcriber(model);
        Task? begun = null;
        await transcriber.TranscribeAsync(Sounds.Tone(1), new Reports(() => begun ??= transcriber.TranscribeAsync(Sounds.Tone(1))), TestContext.Current.CancellationToken);
        await begun!;
    }

    [Fact]
    public async Task Nothing_waits_within_work_whatever_the_model_and_the_form()
    {
        var (gate, other) = (new ModelGate(new TurnQueue(), ops: null), new ModelGate(new TurnQueue(), ops: null));
        Func<int>[] waits = [() => gate.Run(() => 1), () => other.Run(() => 1), () => ModelGate.Wait(() => other.RunAsync(() => 1))];
        foreach (var wait in waits)
        {
            Assert.Throws<InvalidOperationException>(() => gate.Run(wait));
            await Assert.ThrowsAsync<InvalidOperationException>(() => gate.RunAsync(wait));
        }

        Assert.Equal(2, gate.Run(() => 2));
        Assert.Equal(3, ModelGate.Wait(() => other.RunAsync(() => 3)));
    }

    private sealed class Reports(Action report) : IProgress<double>
    {
        public void Report(double value) => report();
    }
}
