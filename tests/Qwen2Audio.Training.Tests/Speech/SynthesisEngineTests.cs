using Qwen2Audio.Training.Speech.SyntheticData;

namespace Qwen2Audio.Training.Tests.Speech;

/// <summary>Ctrl-C also reaches the synthesisers: that counts as an interruption, not as a failed synthesiser.</summary>
public sealed class SynthesisEngineTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_program_that_a_signal_ended_is_interrupted(string signal)
    {
        Assert.SkipWhen(Signals.CannotSend(signal) is not null, Signals.CannotSend(signal) ?? "");
        Assert.Throws<OperationCanceledException>(() => SynthesisProgram.Run("sh", ["-c", $"kill -{signal} $$"]));
    }

    [Theory]
    [InlineData("exit 3", "sh -c exit 3: ended with exit code 3.")]
    [InlineData("printf 'one\\ntwo\\n' >&2; exit 3", "sh -c printf 'one\\ntwo\\n' >&2; exit 3: ended with exit code 3 and said:\n  one\n  two")]
    public void One_that_fails_is_not_and_its_message_keeps_its_lines(string script, string message) =>
        Assert.Equal(message, Assert.Throws<SynthesisException>(() => SynthesisProgram.Run("sh", ["-c", script])).Message);
}
