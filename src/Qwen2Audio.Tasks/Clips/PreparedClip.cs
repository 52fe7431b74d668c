using Qwen2Audio.Audio;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Tasks.Results;

namespace Qwen2Audio.Tasks.Clips;

/// <summary>A clip as the models take it, with what was done to it, and whether it is silent.</summary>
internal sealed class PreparedClip
{
    private PreparedClip(AudioClip clip, SoundLevels levels, List<TaskWarning> warnings) => (Clip, Levels, Warnings) = (clip, levels, warnings);

    /// <summary>One channel at the rate that was asked for.</summary>
    public AudioClip Clip { get; }

    /// <summary>How loud it is, and when.</summary>
    public SoundLevels Levels { get; }

    /// <summary>What was done to the clip, and why there is nothing in it; the caller's to add to.</summary>
    public List<TaskWarning> Warnings { get; }

    /// <summary>False for a clip without samples and for a silent one, which a warning says then.</summary>
    public bool IsAudible => Clip.Samples.Length > 0 && !Levels.IsSilent;

    /// <summary>Prepares a clip.</summary>
    public static PreparedClip Of(AudioClip clip, int sampleRate = LogMel.SampleRate)
    {
        var prepared = AudioPreparation.Prepare(clip, sampleRate);
        List<TaskWarning> warnings = [.. prepared.Warnings.Select(TaskWarning.Of)];
        var levels = new SoundLevels(prepared.Samples, sampleRate);
        if (prepared.Samples.Length == 0)
        {
            // the file's reader may have said so
            if (warnings.TrueForAll(warning => warning.Code != "empty")) warnings.Add(new TaskWarning("empty", "There are no samples."));
        }
        else if (levels.IsSilent)
        {
            warnings.Add(new TaskWarning("silence", $"The audio is silent (largest sample {levels.Peak:G2} of full scale)."));
        }

        return new PreparedClip(prepared, levels, warnings);
    }
}
