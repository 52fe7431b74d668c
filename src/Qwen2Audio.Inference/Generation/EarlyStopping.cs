namespace Qwen2Audio.Inference.Generation;

/// <summary>When a beam search ends before its last step; <c>early_stopping</c> of generation_config.json.</summary>
public enum EarlyStopping
{
    /// <summary>Stop when the best running beam, ended now, would not be among the best finished ones (<c>false</c>).</summary>
    WhenUnlikely,

    /// <summary>Stop once the number of finished beams equals the beam width (<c>true</c>).</summary>
    WhenFull,

    /// <summary>Stop only when no running beam, at any length, can still be among the best finished ones (<c>"never"</c>).</summary>
    Never,
}
