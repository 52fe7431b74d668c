using System.Text.Json;

namespace Qwen2Audio.Training.Speech;

/// <summary>What a training step did.</summary>
/// <param name="Step">Steps done, this one included.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Losses">Its losses, unweighted.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="LearningRate">The rate that it used.</param>
/// <param name="SecondsOfAudio">Audio in its batch.</param>
/// <param name="Tokens">Rows in the decoder.</param>
/// <param name="Seconds">Its time.</param>
/// <param name="SkippedSteps">Steps so far that changed nothing.</param>
public sealed record StepReport(
    long Step, long TotalSteps, SpeechLosses Losses, double GradientNorm, double LearningRate, double SecondsOfAudio, int Tokens,
    double Seconds, int SkippedSteps)
{
    /// <summary>One line of metrics.jsonl; loss is the sum of decoder, ctc, phones, balance and router_z, each times its weight.</summary>
    public string ToJson() => JsonSerializer.Serialize(new
    {
        step = Step,
        loss = Round(Losses.Total),
        decoder = Round(Losses.Decoder),
        ctc = Round(Losses.Ctc),
        phones = Round(Losses.Phones),
        balance = Round(Losses.Balance),
        router_z = Round(Losses.RouterZ),
        weights = new
        {
            decoder = Round(Losses.Weights.Decoder),
            ctc = Round(Losses.Weights.Ctc),
            phones = Round(Losses.Weights.Phones),
            balance = Round(Losses.Weights.Balance),
            router_z = Round(Losses.Weights.RouterZ),
        },
        gradient_norm = Round(GradientNorm),
        learning_rate = LearningRate,
        seconds_of_audio = Round(SecondsOfAudio),
        tokens = Tokens,
        seconds = Round(Seconds),
    });

    private static double? Round(double value) => double.IsFinite(value) ? Math.Round(value, 5) : null;
}
