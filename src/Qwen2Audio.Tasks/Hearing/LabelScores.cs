using Qwen2Audio.Tasks.Ctc;

namespace Qwen2Audio.Tasks.Hearing;

/// <summary>Probabilities of labels for one piece of audio.</summary>
internal sealed class LabelScores(ISpeechModel model, double ctcWeight, bool lengthNormalised)
{
    private const double LeastSpokenMass = 0.05; // less CTC probability than this in all labels together: something else is said

    /// <summary>P(label) among the plan's labels, which sum to 1, and the prompt of each; speech: P(speech), null when not asked.</summary>
    public IReadOnlyList<(string Label, string Task, double Probability)> Score(HeardPiece piece, LabelPlan plan, bool open, out double? speech)
    {
        speech = null;
        var groups = plan.Groups;
        if (plan.ByAudio)
        {
            speech = SpeechQuestion.SpeechProbability(model, piece);
            if (speech < 0.5) groups = [groups[0] with { Task = LabelPlan.Sound }];
        }
        else if (groups.Count > 1 && groups.Any(group => group.Spoken) && groups.Any(group => group.Task == LabelPlan.Sound))
        {
            speech = SpeechQuestion.SpeechProbability(model, piece);
        }

        var answers = new List<(string Label, string Task, double Probability)>();
        var spoken = groups.Where(group => group.Spoken).ToList();
        var masses = spoken.Select(group => LogMath.Sum([.. group.Texts.Select(text => Ctc(piece, text))])).ToArray();
        var shares = LogMath.Normalise(masses);
        foreach (var group in groups)
        {
            var weight = Weight(group, speech) * (group.Spoken ? shares[spoken.IndexOf(group)] : 1);
            var within = Within(piece, group);
            for (var i = 0; i < within.Length; i++) answers.Add((group.Labels[i], group.Task, weight * within[i]));
        }

        if (open && speech is { } p && spoken.Count > 0) AddOther(answers, p, Math.Exp(LogMath.Sum(masses)), spoken);
        var sum = answers.Sum(answer => answer.Probability);
        return [.. answers.Select(answer => answer with { Probability = sum > 0 ? answer.Probability / sum : 1.0 / answers.Count })];
    }

    private static double Weight(LabelGroup group, double? speech) =>
        speech is not { } p || group.Task == SpeechQuestion.Speech ? 1 : group.Spoken ? p : 1 - p;

    /// <summary>Speech in which none of the words is said is answered by the set "speech"'s own label.</summary>
    private void AddOther(List<(string Label, string Task, double Probability)> answers, double speech, double mass, List<LabelGroup> spoken)
    {
        if (mass >= LeastSpokenMass || !model.Settings.LabelSets.TryGetValue(SpeechQuestion.Speech, out var labels)) return;
        for (var i = 0; i < answers.Count; i++)
            if (spoken.Any(group => group.Task == answers[i].Task)) answers[i] = answers[i] with { Probability = answers[i].Probability * mass };
        answers.Add((labels[0], SpeechQuestion.Speech, speech * (1 - mass)));
    }

    private double[] Within(HeardPiece piece, LabelGroup group)
    {
        var texts = group.Texts.Select(text => model.Tokenizer.Encode(text)).ToArray();
        var scores = model.Score(piece, group.Task, texts);
        for (var i = 0; i < scores.Length; i++)
        {
            if (lengthNormalised) scores[i] /= texts[i].Length + 1;
            if (group.Spoken && ctcWeight > 0) scores[i] = (1 - ctcWeight) * scores[i] + ctcWeight * Ctc(piece, group.Texts[i]);
        }

        return LogMath.Normalise(scores);
    }

    private double Ctc(HeardPiece piece, string text) => CtcAlignment.LogProbability(piece.Ctc, model.Tokenizer.Encode(text));
}
